"""The servers' clocks against ours."""

import time

from redis.exceptions import RedisError

from infra.doctor import cache, database
from infra.doctor.consumers import reported
from infra.doctor.finding import Away, Case, Finding, ok, warning, wrong
from infra.doctor.kafka import administering, reading
from schemas.topics import POSITIONS

_MOST_S = 1.0
_SPOKEN_S = 2.0
"""Processors and the prober write positions at least so often."""

_MEND = "let chrony or systemd-timesyncd set both machines' clocks: chronyc tracking"


async def clocks(case: Case) -> list[Finding]:
    """Service levels compare times of several machines, tokens are checked by ours."""
    off: dict[str, float] = {}
    away = []
    for name, ask in (("PostgreSQL", _postgres), ("Redis", _redis), ("Kafka", _kafka)):
        try:
            off[name] = await ask(case)
        except Away:
            away.append(name)
        except LookupError:
            pass
    found = [
        wrong(f"{name}'s clock is {abs(s):.1f} s {'ahead of' if s > 0 else 'behind'} ours", _MEND)
        for name, s in off.items()
        if abs(s) > _MOST_S
    ]
    if away:
        found.append(warning(f"not known: no answer from {', '.join(away)}", "mend it first"))
    told = ", ".join(f"{name} {s * 1000:+.0f} ms" for name, s in off.items())
    return found or [ok(told)]


async def _postgres(case: Case) -> float:
    async with database.asking(case) as db:
        began = time.time()
        there = await db.fetchval("SELECT extract(epoch FROM clock_timestamp())::float8")
        return _off(began, float(there))


async def _redis(case: Case) -> float:
    async with cache.asking(case) as redis:
        began = time.time()
        try:
            seconds, micros = await redis.time()
        except RedisError as error:
            raise Away("Redis", str(error)) from error
        return _off(began, seconds + micros / 1e6)


async def _kafka(case: Case) -> float:
    """By the newest position, which may be as old as _SPOKEN_S. Raises LookupError where nobody writes any:
    nothing is written to find out."""
    topic = case.settings.topic_prefix + POSITIONS.name
    async with administering(case) as admin, reading(case) as consumer:
        if topic not in await admin.list_topics():
            raise LookupError(topic)
        newest = max((await reported(consumer, case.settings.topic_prefix)).values(), default=0.0)
        behind = newest - time.time()
    if behind < -60:
        raise LookupError("nobody has written for a minute")
    return behind + _SPOKEN_S if behind < -_SPOKEN_S else max(behind, 0.0)


def _off(began: float, there: float) -> float:
    return there - (began + time.time()) / 2
