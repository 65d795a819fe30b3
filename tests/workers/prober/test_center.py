"""The summary of all pools, from what they report and decide, as gateways find it in Redis."""

import asyncio
import time
from collections.abc import Callable

from redis.asyncio import Redis

from schemas.audit import Decided, RoutingEvent
from schemas.codec import encode
from schemas.envelope import Cause, headers
from schemas.summary import (
    CENTER_KEY,
    CENTER_TTL_S,
    AgentsState,
    Center,
    PoolReport,
    QueueState,
    Service,
    decode_center,
)
from schemas.topics import POOL_REPORTS, POSITIONS, ROUTING_EVENTS
from tests.workers.prober.test_waits import READ
from tests.workers.world import World, until


def reported(pool: str, at_ms: int, waiting: int) -> tuple[int, str, bytes]:
    now = QueueState(queue="q", waiting=waiting, longest_wait_s=1.5)
    report = PoolReport(pool=pool, at_ms=at_ms, queues=(now,), agents=AgentsState(available=waiting + 1))
    return 0, pool, encode(report)


async def decide(world: World, events: list[RoutingEvent]) -> None:
    async with world.producer() as producer:
        for offset, event in enumerate(events):
            cause = Cause("routing.commands", 0, offset, 0, event.pool, 0)
            told = headers(str(cause), "routing.decided", str(cause))
            await producer.send_and_wait(
                world.name(ROUTING_EVENTS), encode(event), key=b"p", partition=0, headers=told
            )


async def center(redis: Redis, condition: Callable[[Center], bool], what: str) -> Center:
    """The summary, when the condition holds."""

    async def found() -> Center | None:
        value = await redis.get(CENTER_KEY)
        made = decode_center(value) if value else None
        return made if made and condition(made) else None

    made = await until(found, what)
    assert made is not None
    return made


def test_reports_and_service_levels_are_in_redis(world: World) -> None:
    async def scenario() -> None:
        await world.create(*READ, POSITIONS, ROUTING_EVENTS, POOL_REPORTS)
        now_ms = int(time.time() * 1000)
        came = [
            RoutingEvent(pool="p", event=kind, contact_id=contact, queue="q", at_ms=now_ms - ago_ms)
            for contact, kind, ago_ms in (
                ("c1", Decided.ENQUEUED, 60_000),
                ("c1", Decided.ASSIGNED, 50_000),
                ("c2", Decided.ENQUEUED, 50_000),
                ("c2", Decided.ASSIGNED, 20_000),
            )
        ]
        await decide(world, came)  # before anybody looks: within the window
        await decide(world, came)  # decided again after a crash
        await world.produce(POOL_REPORTS, [reported("p", now_ms - 500, 9), (0, "x", b"no report")])
        await world.produce(POOL_REPORTS, [reported("p", now_ms, 2), reported("o", now_ms - 3_600_000, 1)])
        async with Redis.from_url(world.redis_url) as redis:
            with world.worker("prober", every_s=0.2):
                made = await center(
                    redis, lambda one: any(q.recent.queued == 2 for q in one.queues), "the service level"
                )
                (queue,) = made.queues
                assert (queue.pool, queue.now.waiting, queue.now.longest_wait_s) == ("p", 2, 1.5)
                assert queue.recent == Service(queued=2, answered=2, abandoned=0, service_level=0.5)
                assert [(one.pool, one.at_ms, one.agents.available) for one in made.pools] == [
                    ("p", now_ms, 3)
                ]
                assert 0 < await redis.ttl(CENTER_KEY) <= CENTER_TTL_S
                said = time.monotonic()
                await world.produce(POOL_REPORTS, [reported("p", now_ms + 1, 5)])
                await center(redis, lambda one: one.queues[0].now.waiting == 5, "the newer report")
                assert time.monotonic() - said < 2.0

    asyncio.run(scenario())
