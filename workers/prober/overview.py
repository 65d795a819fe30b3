"""What the ops page shows, gathered once a second and kept in Redis for an hour."""

import asyncio
import logging
import time
from collections.abc import Mapping
from contextlib import suppress

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from schemas.audit import RoutingEvent
from schemas.codec import encode
from schemas.lag import Lag
from schemas.ops import (
    ALERTS_KEY,
    GATEWAYS_KEY,
    HOUR_KEY,
    HOUR_S,
    NOW_KEY,
    NOW_TTL_S,
    GatewayCounts,
    Now,
    Point,
    Source,
    StageFlow,
    TopicFlow,
    decode_alert,
    decode_counts,
    forgotten,
)
from schemas.summary import Center
from workers.prober.alarms import Alarms
from workers.prober.flow import ContactCounter, Flows
from workers.prober.gateways import Meter, Name

log = logging.getLogger(__name__)
EVERY_S = 1.0
_FORGOTTEN_MS = 600_000
_UNREADABLE = (RedisError, OSError, TimeoutError, msgspec.MsgspecError)


class Gathered:
    """The newest that others have found out."""

    def __init__(self) -> None:
        self._flows, self._contacts, self._meter = Flows(), ContactCounter(), Meter()
        self._lag: Lag | None = None
        self._topics: tuple[TopicFlow, ...] = ()
        self._stages: tuple[StageFlow, ...] = ()
        self.center: Center | None = None

    def hear_lag(self, lag: Lag) -> None:
        """A measurement, each once."""
        self._lag = lag
        self._topics, self._stages = self._flows.hear(lag)

    def hear_decision(self, event: RoutingEvent) -> None:
        """A decision, when it is new."""
        self._contacts.hear(event)

    def now(self, told: Mapping[Name, GatewayCounts], now_ms: int) -> Now:
        """All of it; called once a second."""
        return Now(
            at_ms=now_ms,
            lag_at_ms=self._lag.at_ms if self._lag else None,
            lag=self._lag.partitions if self._lag else (),
            topics=self._topics,
            stages=self._stages,
            contacts=self._contacts.read(now_ms),
            center=self.center,
            gateways=self._meter.hear(told, now_ms),
            alerts=(),
        )


def point_of(now: Now) -> Point:
    """The second in short."""
    queues = now.center.queues if now.center else ()
    agents = [one.agents for one in now.center.pools] if now.center else []
    groups = tuple(sorted({one.group for one in now.stages}))
    of = {group: [one for one in now.stages if one.group == group] for group in groups}
    return Point(
        at_ms=now.at_ms,
        queued=now.contacts.queued,
        answered=now.contacts.answered,
        requests=now.gateways.requests_per_s,
        refused=now.gateways.refused_per_s,
        errors=now.gateways.errors_per_s,
        p50_ms=now.gateways.times.p50_ms,
        p95_ms=now.gateways.times.p95_ms,
        p99_ms=now.gateways.times.p99_ms,
        waiting=sum(one.now.waiting for one in queues),
        oldest_s=max((one.now.longest_wait_s for one in queues if one.now.waiting), default=0.0),
        level=_level(now.center),
        busy=sum(one.serving + one.wrapping_up + one.offered for one in agents),
        available=sum(one.available for one in agents),
        groups=groups,
        lag_s=tuple(max(one.seconds for one in of[group]) for group in groups),
        lag_records=tuple(sum(one.records for one in of[group]) for group in groups),
    )


def _level(center: Center | None) -> float | None:
    """The service level of all queues, each by how many came to it."""
    known = [
        (one.recent.queued, one.recent.service_level)
        for one in (center.queues if center else ())
        if one.recent.service_level is not None
    ]
    came = sum(queued for queued, _ in known)
    return sum(queued * level for queued, level in known) / came if came else None


async def follow_overview(gathered: Gathered, redis: Redis, stop: asyncio.Event) -> None:
    """Publishes once a second, until `stop`; nothing else waits for it."""
    alarms: Alarms | None = None
    while not stop.is_set():
        began = time.monotonic()
        try:
            alarms = alarms or await _begin(redis)
            await _publish(gathered, redis, alarms)
        except _UNREADABLE as error:
            log.warning("what the ops page shows is not in Redis: %r", error)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), max(EVERY_S - (time.monotonic() - began), 0.05))


async def _begin(redis: Redis) -> Alarms:
    """With the alerts that an earlier process left open: they end by the same rule."""
    found = await redis.hgetall(ALERTS_KEY)
    kept = {name: decode_alert(value) for name, value in found.items()}
    if old := forgotten({name: one.began_ms for name, one in kept.items()}, _now_ms()):
        await redis.hdel(ALERTS_KEY, *old)
    left = [one for one in kept.values() if one.source == Source.OWN and one.ended_ms is None]
    return Alarms(left, _now_ms())


async def _publish(gathered: Gathered, redis: Redis, alarms: Alarms) -> None:
    now_ms = _now_ms()
    found = await redis.hgetall(GATEWAYS_KEY)
    told = {name: decode_counts(value) for name, value in found.items()}
    now = gathered.now(told, now_ms)
    on, changed = alarms.judge(now)
    now = msgspec.structs.replace(now, alerts=on)
    async with redis.pipeline(transaction=False) as pipe:
        pipe.set(NOW_KEY, encode(now), ex=NOW_TTL_S)
        for one in changed:
            pipe.hset(ALERTS_KEY, one.key, encode(one))
        if gone := [name for name, one in told.items() if now_ms - one.at_ms > _FORGOTTEN_MS]:
            pipe.hdel(GATEWAYS_KEY, *gone)
        await pipe.execute()
    await _add(redis, now)


async def _add(redis: Redis, now: Now) -> None:
    """One entry a second, also where two probers run: an id that is there already is refused."""
    fields = {b"p": encode(point_of(now))}
    with suppress(ResponseError):
        await redis.xadd(HOUR_KEY, fields, id=f"{now.at_ms // 1000}-0", maxlen=HOUR_S, approximate=True)  # type: ignore[arg-type]
    await redis.expire(HOUR_KEY, HOUR_S)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
