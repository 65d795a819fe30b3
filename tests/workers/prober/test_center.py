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
from workers.prober.center import as_of, summarize
from workers.prober.service import ServiceLevels


def reported(pool: str, at_ms: int, waiting: int) -> tuple[int, str, bytes]:
    now = QueueState(queue="q", waiting=waiting, longest_wait_s=1.5)
    report = PoolReport(pool=pool, at_ms=at_ms, queues=(now,), agents=AgentsState(available=waiting + 1))
    return 0, pool, encode(report)


def test_waits_go_on_between_what_a_pool_hears() -> None:
    queues = (
        QueueState(queue="q", waiting=1, longest_wait_s=2.0),
        QueueState(queue="r", waiting=0, longest_wait_s=0.0),
    )
    found = as_of(PoolReport(pool="p", at_ms=1_000, queues=queues, agents=AgentsState()), 1_750)
    assert (found.at_ms, [one.longest_wait_s for one in found.queues]) == (1_750, [2.75, 0.0])


def test_a_pool_that_has_been_silent_for_an_hour_is_left_out() -> None:
    old, new = (
        PoolReport(pool=name, at_ms=at_ms, queues=(), agents=AgentsState())
        for name, at_ms in (("old", 1_000), ("new", 1_001))
    )
    found = summarize({"old": old, "new": new}, ServiceLevels(), 3_601_000)
    assert [one.pool for one in found.pools] == ["new"]


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
        await world.produce(POOL_REPORTS, [reported("p", now_ms, 2)])
        async with Redis.from_url(world.redis_url) as redis:
            with world.worker("prober", every_s=0.2):
                made = await center(
                    redis, lambda one: any(q.recent.queued == 2 for q in one.queues), "the service level"
                )
                (queue,) = made.queues
                assert (queue.pool, queue.now.waiting) == ("p", 2)
                assert 1.5 <= queue.now.longest_wait_s <= 1.5 + (made.at_ms - now_ms) / 1000
                assert queue.recent == Service(queued=2, answered=2, abandoned=0, service_level=0.5)
                (pool,) = made.pools
                assert (pool.pool, pool.agents.available) == ("p", 3)
                assert now_ms <= pool.at_ms <= made.at_ms
                assert 0 < await redis.ttl(CENTER_KEY) <= CENTER_TTL_S
                said = time.monotonic()
                await world.produce(POOL_REPORTS, [reported("p", now_ms + 1, 5)])
                await center(redis, lambda one: one.queues[0].now.waiting == 5, "the newer report")
                assert time.monotonic() - said < 2.0

    asyncio.run(scenario())
