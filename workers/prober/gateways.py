"""What all gateways do together, from what each has counted: pure."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence

from schemas.ops import GatewayCounts, Gateways, RouteTimes, Shed, Times

OVER_S = 5
FRESH_MS = 5_000
WAITING = frozenset({"POST /agent/connect"})
"""They wait for an agent for a second: their time says nothing of how the platform does."""

_MOST_ROUTES = 12
Name = str | bytes
"""A gateway's id, as Redis has it."""


class Meter:
    """Hears once a second what gateways have counted, by their ids; one that started anew has another."""

    def __init__(self) -> None:
        self._seen: deque[Mapping[Name, GatewayCounts]] = deque(maxlen=OVER_S + 1)

    def hear(self, told: Mapping[Name, GatewayCounts], now_ms: int) -> Gateways:
        """The last few seconds. What a gateway counted before it was first heard is not of these."""
        fresh = {name: one for name, one in told.items() if now_ms - one.at_ms <= FRESH_MS}
        self._seen.append(fresh)
        pairs = [
            (first, one) for name, one in fresh.items() if (first := self._first(name)).at_ms < one.at_ms
        ]
        routes = _routes(pairs)
        return Gateways(
            count=len(fresh),
            requests_per_s=_sum((a.requests, b.requests, a, b) for a, b in pairs),
            refused_per_s=_sum((a.refused, b.refused, a, b) for a, b in pairs),
            errors_per_s=_sum((a.errors, b.errors, a, b) for a, b in pairs),
            level=max((one.level for one in fresh.values()), default=0.0),
            sockets=round(sum(one.sockets for one in fresh.values())),
            times=times_of(edges_of(pairs), _added(counts for name, counts, _ in routes if _is_of_all(name))),
            routes=_busiest(edges_of(pairs), routes),
            shed=_shed(pairs),
            pressures=_worst(fresh.values()),
        )

    def _first(self, name: Name) -> GatewayCounts:
        return next(seen[name] for seen in self._seen if name in seen)


Pair = tuple[GatewayCounts, GatewayCounts]
"""What one gateway had counted before and has now."""


def times_of(edges_s: Sequence[float], upto: Sequence[int]) -> Times:
    """Percentiles from how many took no longer than each edge, linear between two edges as Prometheus'
    histogram_quantile is; above the last finite edge that edge."""
    if not upto or not upto[-1]:
        return Times()
    p50, p95, p99 = (_quantile(part, edges_s, upto) for part in (0.5, 0.95, 0.99))
    return Times(p50_ms=p50, p95_ms=p95, p99_ms=p99)


def _quantile(part: float, edges_s: Sequence[float], upto: Sequence[int]) -> float:
    rank = part * upto[-1]
    at = next(i for i, count in enumerate(upto) if count >= rank)
    if at == len(edges_s) - 1:
        return round(1000 * edges_s[-2], 2)
    low_s, below = (edges_s[at - 1], upto[at - 1]) if at else (0.0, 0)
    within = (rank - below) / max(upto[at] - below, 1)
    return round(1000 * (low_s + within * (edges_s[at] - low_s)), 2)


def edges_of(pairs: Sequence[Pair]) -> Sequence[float]:
    """Those of the gateways, which are of one release."""
    return pairs[0][1].edges_s if pairs else ()


def _is_of_all(route: str) -> bool:
    return route.startswith("POST ") and route not in WAITING


def _sum(those: Iterable[tuple[float, float, GatewayCounts, GatewayCounts]]) -> float:
    return round(sum((after - before) * 1000 / (b.at_ms - a.at_ms) for before, after, a, b in those), 2)


def _routes(pairs: Sequence[Pair]) -> list[tuple[str, list[int], float]]:
    """Each route with the counts of its edges, and its requests a second."""
    counts: dict[str, list[list[int]]] = defaultdict(list)
    rates: dict[str, float] = defaultdict(float)
    for before, after in pairs:
        known = {one.route: one.upto for one in before.spent}
        for one in after.spent:
            was = known.get(one.route) or (0,) * len(one.upto)
            gone = [b - a for a, b in zip(was, one.upto, strict=True)]
            counts[one.route].append(gone)
            rates[one.route] += gone[-1] * 1000 / (after.at_ms - before.at_ms)
    return [(route, _added(those), rates[route]) for route, those in counts.items()]


def _added(those: Iterable[Sequence[int]]) -> list[int]:
    return [sum(column) for column in zip(*those, strict=True)]


def _busiest(
    edges_s: Sequence[float], routes: Iterable[tuple[str, list[int], float]]
) -> tuple[RouteTimes, ...]:
    """Those with requests, the busiest first."""
    asked = sorted((one for one in routes if one[2] > 0), key=lambda one: (-one[2], one[0]))
    return tuple(
        RouteTimes(route=route, per_s=round(per_s, 2), times=times_of(edges_s, counts))
        for route, counts, per_s in asked[:_MOST_ROUTES]
    )


def _shed(pairs: Sequence[Pair]) -> tuple[Shed, ...]:
    names = sorted({name for _, after in pairs for name in after.refused_as})
    rates = {
        name: _sum((a.refused_as.get(name, 0.0), b.refused_as.get(name, 0.0), a, b) for a, b in pairs)
        for name in names
    }
    return tuple(
        Shed(kind, reason, per_s)
        for (kind, _, reason), per_s in ((name.partition("/"), per_s) for name, per_s in rates.items())
        if per_s
    )


def _worst(those: Iterable[GatewayCounts]) -> dict[str, float]:
    worst: dict[str, float] = {}
    for one in those:
        for signal, pressure in one.pressures.items():
            worst[signal] = max(worst.get(signal, 0.0), round(pressure, 3))
    return worst
