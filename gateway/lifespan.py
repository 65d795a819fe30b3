"""What runs as long as the gateway does."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from random import randrange
from secrets import token_hex
from time import monotonic

import asyncpg
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from starlette.applications import Starlette

from gateway.bus import Bus, Hear
from gateway.commands import policy_of
from gateway.config_feed import follow, follow_config
from gateway.config_log import ConfigLog
from gateway.database import Database, connect
from gateway.directory import Directory
from gateway.history import History
from gateway.history_cache import history_cache
from gateway.ops.board import Board
from gateway.ops.counts import tell_counts
from gateway.outbox import Outbox
from gateway.overload.connections import Connections
from gateway.overload.door import Door
from gateway.overload.watch import Watch
from gateway.privacy.store import PrivacyStore
from gateway.producing import keep_producing
from gateway.realtime.feeds import Feeds
from gateway.realtime.live import Live
from gateway.realtime.stored import StoredFeeds
from gateway.replies import Replies, decode_answered
from gateway.reports.store import IntervalStore
from gateway.security.audit_trail import AuditLog
from gateway.security.identity import Identity
from gateway.security.sign_outs import CHANNEL, SignOuts
from gateway.settings import GatewaySettings
from gateway.state import Gateway, State
from gateway.summaries import Summaries
from gateway.switchboard import Switchboard
from gateway.webhooks.store import WebhookStore
from runtime.metrics import WAITING
from runtime.objects import open_store
from runtime.pulse import feel_pulse
from runtime.redis_client import bounded_client
from schemas.answers import RoutingAnswered
from schemas.conversation import CommandAnswered
from schemas.topics import SWITCHES

log = logging.getLogger(__name__)
_END_S = 2.5
_CLOSE_S = 0.5


class Lifespan:
    """The lifespan of an app with these settings and addresses."""

    def __init__(self, settings: GatewaySettings, paths: frozenset[str] = frozenset()) -> None:
        self._settings = settings
        self._paths = paths

    @asynccontextmanager
    async def __call__(self, app: Starlette) -> AsyncIterator[State]:
        """Starts the gateway's parts beside; each is ready when what it needs is there."""
        async with AsyncExitStack() as stack:
            identity = Identity(self._settings)
            gateway = await _assemble(self._settings, self._paths, identity, stack)
            stack.callback(gateway.bus.listen(f"gateway:{gateway.id}", _hear_answers(gateway)))
            stack.callback(gateway.bus.listen(CHANNEL, gateway.sign_outs.hear))
            WAITING.set_function(lambda: len(gateway.replies) + len(gateway.verdicts))
            bootstrap, board = self._settings.kafka_bootstrap, gateway.switchboard
            running = [
                _always(keep_producing(self._settings, gateway.outbox)),
                _always(follow_config(bootstrap, gateway.directory, gateway.config_read)),
                _always(follow(bootstrap, SWITCHES.name, board.hear, board.read)),
                _always(board.run()),
                _always(gateway.bus.run()),
                _always(gateway.feeds.run()),
                _always(gateway.summaries.tell_rates(gateway.id)),
                _always(tell_counts(gateway.ops.redis, gateway.id)),
                _always(gateway.watch.run()),
                _always(feel_pulse()),
                _always(gateway.watch.lags.run()),
                _always(gateway.connections.run()),
                _always(identity.run()),
                _always(gateway.live.run()),
                _always(gateway.lines.sweep(self._settings.idle_socket_s)),
            ]
            stack.push_async_callback(_end, running)
            yield {"gateway": gateway}
            await _end(list(gateway.tasks))


async def _assemble(
    settings: GatewaySettings, paths: frozenset[str], identity: Identity, stack: AsyncExitStack
) -> Gateway:
    redis = _redis(settings.redis_url)
    stack.push_async_callback(redis.aclose, close_connection_pool=True)
    cache = history_cache(settings)
    stack.push_async_callback(cache.close)
    pool = await connect(settings)
    stack.push_async_callback(_close, pool)
    database = Database(pool, settings.database_wait_s)
    objects = open_store(settings)
    stack.push_async_callback(objects.close)
    bus, history = Bus(redis), History(database)
    outbox = Outbox(settings)
    door = Door(settings, paths, monotonic, lambda: outbox.in_flight)
    return Gateway(
        id=f"{settings.instance}-{token_hex(6)}",
        settings=settings,
        tokens=identity.tokens,
        passes=identity.passes,
        identity=identity,
        provider=identity.provider,
        seals=identity.seals,
        sign_outs=SignOuts(redis),
        policy=policy_of(settings),
        outbox=outbox,
        replies=Replies(),
        verdicts=Replies(),
        directory=Directory(),
        config_read=asyncio.Event(),
        bus=bus,
        feeds=Feeds(bus, StoredFeeds(redis, history), settings.compare_every_s, settings.beyond_end_s),
        history=history,
        history_cache=cache,
        config_log=ConfigLog(database),
        summaries=Summaries(redis),
        webhooks=WebhookStore(database),
        audit_log=AuditLog(database),
        privacy=PrivacyStore(database),
        intervals=IntervalStore(database),
        spread_offset=randrange(1 << 12),
        door=door,
        watch=Watch(settings, redis, outbox, door),
        connections=Connections(asyncio.get_running_loop().time),
        live=Live(redis),
        ops=Board(redis),
        switchboard=Switchboard(door),
        objects=objects,
        uploads=asyncio.Semaphore(settings.attachments_at_once),
    )


def _redis(url: str) -> Redis:
    """Fails soon and does not retry inside: the loops that use it know better."""
    return bounded_client(
        url,
        most=8,
        wait_s=2.0,
        socket_connect_timeout=2.0,
        socket_timeout=2.0,
        retry=Retry(NoBackoff(), 0),
    )


def _hear_answers(gateway: Gateway) -> Hear:
    def hear(payload: bytes | None) -> None:
        if payload is None:
            return
        match decode_answered(payload):
            case CommandAnswered() as answer:
                gateway.replies.hear(answer)
            case RoutingAnswered() as verdict:
                gateway.verdicts.hear(verdict)

    return hear


def _always(work: Coroutine[None, None, None]) -> "asyncio.Task[None]":
    """A task without which the process is of no use: it ends with it."""
    task = asyncio.create_task(work)
    task.add_done_callback(_crash)
    return task


def _crash(task: "asyncio.Task[None]") -> None:
    if not task.cancelled():
        log.critical("a part ended that never should", exc_info=task.exception())
        os._exit(1)


async def _end(tasks: "list[asyncio.Task[None]]") -> None:
    """Cancels them; one that still waits for a stalled server after a while is left behind."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=_END_S)


async def _close(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    try:
        await asyncio.wait_for(pool.close(), _CLOSE_S)
    except (TimeoutError, OSError, asyncpg.PostgresError):
        pool.terminate()
