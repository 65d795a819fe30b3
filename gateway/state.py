"""What every request finds: the gateway's parts, and the way it sends commands."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from secrets import token_hex
from typing import TypedDict

from starlette.types import Scope

from gateway.answers import Refused, busy
from gateway.audit_trail import AuditLog
from gateway.bus import Bus
from gateway.commands import Origin, Post
from gateway.config_log import ConfigLog
from gateway.directory import Directory
from gateway.feeds import Feeds
from gateway.history import History
from gateway.identity import Identity
from gateway.outbox import NoPartition, Outbox, Unsent
from gateway.passes import Passes
from gateway.provider import Provider
from gateway.replies import Replies
from gateway.seal import Seal
from gateway.settings import GatewaySettings
from gateway.sign_outs import SignOuts
from gateway.tokens import Tokens
from schemas.answers import RoutingAnswered
from schemas.conversation import CommandAnswered, Policy

Rejected = Callable[[CommandAnswered], None]


@dataclass(frozen=True, slots=True)
class Gateway:
    """One gateway process. `id` is new at every start: verdicts for an earlier one find nobody."""

    id: str
    settings: GatewaySettings
    tokens: Tokens
    passes: Passes
    identity: Identity
    provider: Provider | None
    seals: Mapping[str, Seal]
    sign_outs: SignOuts
    policy: Policy
    outbox: Outbox
    replies: Replies[CommandAnswered]
    verdicts: Replies[RoutingAnswered]
    directory: Directory
    config_read: asyncio.Event
    bus: Bus
    feeds: Feeds
    history: History
    config_log: ConfigLog
    audit_log: AuditLog
    spread_offset: int
    customers: dict[str, set[Rejected]] = field(default_factory=dict)
    """Who wants to hear of late refusals, by session: the customer's sockets on this gateway."""

    changing_config: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One change after the other: each is checked against the one before it."""

    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def origin(self, request_id: str = "") -> Origin:
        """The marks of a command that wants a verdict."""
        until_ms = now_ms() + round(self.settings.valid_for_s * 1000)
        return Origin(request_id or token_hex(16), self.id, until_ms)

    def post(self, post: Post) -> asyncio.Future[None]:
        """Takes the record at once. Raises Refused (503, and 404 for no partition of ours)."""
        try:
            return self.outbox.post(post)
        except NoPartition as error:
            raise Refused(HTTPStatus.NOT_FOUND, "There is no such session") from error

    async def send(self, post: Post) -> None:
        """Returns when the broker has the record. Raises Refused as `post` does."""
        try:
            await self.post(post)
        except Unsent as error:
            raise busy("It is unknown whether this was done: the log did not answer") from error


class State(TypedDict):
    """The lifespan's state."""

    gateway: Gateway


def gateway_of(scope: Scope) -> Gateway:
    """The gateway that serves this request."""
    gateway: Gateway = scope["state"]["gateway"]
    return gateway


def now_ms() -> int:
    """Unix milliseconds."""
    return time.time_ns() // 1_000_000
