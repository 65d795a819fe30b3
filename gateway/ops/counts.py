"""What this gateway has counted, for the ops page: told once a second, read from its own metrics."""

import asyncio
import logging
import math
from collections import defaultdict
from collections.abc import Iterator

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.samples import Sample
from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.rates import count
from gateway.state import now_ms
from runtime.metrics import ADMISSION_LEVEL, ADMISSION_PRESSURE, ADMISSION_REJECTED, REQUEST_SECONDS, SOCKETS
from schemas.codec import encode
from schemas.ops import GATEWAYS_KEY, GatewayCounts, Spent

log = logging.getLogger(__name__)
_TELL_S = 1.0
_SHED = frozenset({"429", "503"})


async def tell_counts(redis: Redis, gateway_id: str) -> None:
    """Until it is canceled; while Redis does not answer nobody hears of it."""
    while True:
        try:
            await redis.hset(GATEWAYS_KEY, gateway_id, encode(counts(now_ms())))
        except (RedisError, OSError, TimeoutError) as error:
            log.debug("the counts are not in Redis: %r", error)
        await asyncio.sleep(_TELL_S)


def counts(at_ms: int) -> GatewayCounts:
    """What the metrics of this process say now."""
    totals = count()
    edges_s, spent = _spent()
    return GatewayCounts(
        at_ms=at_ms,
        requests=totals.requests,
        refused=totals.refused,
        errors=totals.errors,
        level=sum(one.value for one in _samples(ADMISSION_LEVEL)),
        sockets=sum(one.value for one in _samples(SOCKETS)),
        pressures={one.labels["signal"]: round(one.value, 4) for one in _samples(ADMISSION_PRESSURE)},
        refused_as={
            f"{one.labels['class']}/{one.labels['reason']}": one.value
            for one in _samples(ADMISSION_REJECTED)
            if one.name.endswith("_total")
        },
        edges_s=edges_s,
        spent=spent,
    )


def _spent() -> tuple[tuple[float, ...], tuple[Spent, ...]]:
    """The edges, and each route's counts; those of refusals say nothing of what it takes to do the work."""
    found: dict[str, dict[float, int]] = defaultdict(lambda: defaultdict(int))
    for one in _samples(REQUEST_SECONDS):
        if one.name.endswith("_bucket") and one.labels["code"] not in _SHED:
            route = f"{one.labels['method']} {one.labels['route']}"
            found[route][float(one.labels["le"])] += int(one.value)
    edges = sorted({edge for those in found.values() for edge in those})
    spent = tuple(Spent(route, tuple(those[edge] for edge in edges)) for route, those in found.items())
    return tuple(0.0 if math.isinf(edge) else edge for edge in edges), spent


def _samples(metric: Counter | Gauge | Histogram) -> Iterator[Sample]:
    return (sample for family in metric.collect() for sample in family.samples)
