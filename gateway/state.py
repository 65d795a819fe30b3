"""What every request finds: the gateway's parts, and the way it sends commands."""

import asyncio
import time
from collections.abc import Callable
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
from gateway.connections import Connections
from gateway.directory import Directory
from gateway.door import Door
from gateway.feeds import Feeds
from gateway.history import History
from gateway.lines import Lines
from gateway.live import Live, LiveSession
from gateway.outbox import NoPartition, Outbox, Unsent
from gateway.outlet import Outlet
from gateway.passes import Passes
from gateway.problems import Kind
from gateway.refusals import Responses
from gateway.replies import Replies
from gateway.settings import GatewaySettings
from gateway.summaries import Summaries
from gateway.tokens import Tokens
from gateway.watch import Watch
from gateway.webhook_store import WebhookStore
from schemas.answers import RoutingAnswered
from schemas.conversation import CommandAnswered, Policy
from schemas.states import Role

Rejected = Callable[[CommandAnswered], None]


@dataclass(frozen=True, slots=True)
class Gateway:
    """One gateway process. `id` is new at every start: verdicts for an earlier one find nobody."""

    id: str
    settings: GatewaySettings
    tokens: Tokens
    passes: Passes
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
    summaries: Summaries
    webhooks: WebhookStore
    audit_log: AuditLog
    spread_offset: int
    door: Door
    watch: Watch
    connections: Connections
    live: Live
    responses: Responses = field(default_factory=Responses)
    lines: Lines = field(default_factory=Lines)
    customers: dict[str, set[Rejected]] = field(default_factory=dict)
    """Who wants to hear of late refusals, by session: the customer's sockets on this gateway."""

    changing_config: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One change after the other: each is checked against the one before it."""

    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def live_session(self, session_id: str, role: Role, outlet: Outlet) -> LiveSession:
        """A socket's part in what is said of the session for the moment."""
        return LiveSession(self.bus, self.live, session_id, role, outlet, self.settings.typing_every_s)

    def origin(self, request_id: str = "") -> Origin:
        """The marks of a command that wants a verdict."""
        until_ms = now_ms() + round(self.settings.valid_for_s * 1000)
        return Origin(request_id or token_hex(16), self.id, until_ms)

    def post(self, post: Post) -> asyncio.Future[None]:
        """Takes the record at once. Raises Refused (503, and 404 for no partition of ours)."""
        try:
            return self.outbox.post(post)
        except NoPartition as error:
            raise Refused(
                HTTPStatus.NOT_FOUND, "There is no such session", kind=Kind.UNKNOWN_SESSION
            ) from error

    async def send(self, post: Post) -> None:
        """Returns when the broker has the record. Raises Refused as `post` does."""
        try:
            await self.post(post)
        except Unsent as error:
            raise busy(
                "It is unknown whether this was done: the log did not answer", Kind.UNKNOWN_OUTCOME
            ) from error


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
