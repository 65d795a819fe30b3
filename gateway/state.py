"""What every request finds: the gateway's parts, and the way it sends commands."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from secrets import token_hex
from typing import TypedDict

from starlette.types import Scope

from gateway.answers import Refused, busy
from gateway.bus import Bus
from gateway.commands import Origin, Post, under_key
from gateway.config_log import ConfigLog
from gateway.directory import Directory
from gateway.history import History
from gateway.history_cache import HistoryCache
from gateway.idempotency import Key
from gateway.ops.board import Board
from gateway.outbox import NoPartition, Outbox, Unsent
from gateway.overload.connections import Connections
from gateway.overload.door import Door
from gateway.overload.refusals import Responses
from gateway.overload.watch import Watch
from gateway.polls import Polls
from gateway.privacy.store import PrivacyStore
from gateway.problems import Kind
from gateway.realtime.feeds import Feeds
from gateway.realtime.lines import Lines
from gateway.realtime.live import Live, LiveSession
from gateway.realtime.outlet import Outlet
from gateway.replies import A, Replies, Waiting
from gateway.reports.store import IntervalStore
from gateway.security.audit_trail import AuditLog
from gateway.security.identity import Identity
from gateway.security.passes import Passes
from gateway.security.provider import Provider
from gateway.security.seal import Seal
from gateway.security.sign_outs import SignOuts
from gateway.security.tokens import Tokens
from gateway.settings import GatewaySettings
from gateway.spans import traced
from gateway.summaries import Summaries
from gateway.switchboard import Switchboard
from gateway.webhooks.store import WebhookStore
from runtime.objects import ObjectStore
from runtime.tracing import is_on
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
    history_cache: HistoryCache
    config_log: ConfigLog
    summaries: Summaries
    webhooks: WebhookStore
    audit_log: AuditLog
    privacy: PrivacyStore
    intervals: IntervalStore
    spread_offset: int
    door: Door
    watch: Watch
    connections: Connections
    live: Live
    ops: Board
    switchboard: Switchboard
    objects: ObjectStore
    uploads: asyncio.Semaphore
    """Each holds an image in memory."""

    responses: Responses = field(default_factory=Responses)
    lines: Lines = field(default_factory=Lines)
    customers: dict[str, set[Rejected]] = field(default_factory=dict)
    """Who wants to hear of late refusals, by session: the customer's sockets on this gateway."""

    changing_config: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One change after the other: each is checked against the one before it."""

    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    polls: Polls = field(default_factory=Polls)
    key: Key | None = None
    """Of the one request that this is the gateway for, where it has an Idempotency-Key."""

    def under(self, key: Key) -> "Gateway":
        """The same gateway, for a request with this key."""
        return replace(self, key=key)

    def live_session(self, session_id: str, role: Role, outlet: Outlet) -> LiveSession:
        """A socket's part in what is said of the session for the moment."""
        return LiveSession(self.bus, self.live, session_id, role, outlet, self.settings.typing_every_s)

    def origin(self, request_id: str = "") -> Origin:
        """The marks of a command that wants a verdict."""
        until_ms = now_ms() + round(self.settings.valid_for_s * 1000)
        request_id = request_id or (self.key.request_id if self.key else token_hex(16))
        return Origin(request_id, self.id, until_ms)

    def post(self, post: Post) -> asyncio.Future[None]:
        """Takes the record at once. Raises Refused (503, and 404 for no partition of ours)."""
        if self.key is not None:
            if post.partition >= self.outbox.partitions.get(post.topic, 0):
                raise Refused(HTTPStatus.NOT_FOUND, "There is no such session")
            post = under_key(post, self.key, self.settings.key_kept_s)
        post, ended = traced(post) if is_on() else (post, None)
        try:
            sent = self.outbox.post(post)
        except NoPartition as error:
            raise Refused(
                HTTPStatus.NOT_FOUND, "There is no such session", kind=Kind.UNKNOWN_SESSION
            ) from error
        if ended is not None:
            sent.add_done_callback(ended)
        return sent

    async def send(self, post: Post) -> None:
        """Returns when the broker has the record. Raises Refused as `post` does."""
        try:
            await self.post(post)
        except Unsent as error:
            raise busy(
                "It is unknown whether this was done: the log did not answer", Kind.UNKNOWN_OUTCOME
            ) from error

    async def hear(self, waiting: Waiting[A], wait_s: float) -> A | None:
        """The owner's answer, or None where none comes in time. Raises Refused (503) in place of None under a
        key, whose answer is the same whenever it is given."""
        if self.key is None:
            return await waiting.answer(wait_s)
        answer = await waiting.answer(max(wait_s, self.settings.key_wait_s))
        if answer is None:
            raise busy("It is not known yet what becomes of this: ask again with the same key")
        return answer


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
