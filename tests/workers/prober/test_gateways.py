"""All gateways as one, from what each has counted."""

import pytest

from schemas.ops import GatewayCounts, Shed, Spent, Times
from workers.prober.gateways import FRESH_MS, Meter, times_of

EDGES = (0.1, 0.2, 0.4, 0.0)


def counted(
    at_ms: int, requests: float, upto: tuple[int, ...], level: float = 0.0, shed: float = 0.0
) -> GatewayCounts:
    return GatewayCounts(
        at_ms=at_ms,
        requests=requests,
        level=level,
        sockets=2,
        pressures={"loop": level},
        refused_as={"new_chat/overload": shed},
        edges_s=EDGES,
        spent=(Spent("POST /chat/start", upto), Spent("GET /metrics", upto)),
    )


def test_two_gateways_add_up() -> None:
    meter = Meter()
    meter.hear({"a": counted(0, 100, (5, 5, 5, 5)), "b": counted(0, 7, (0, 0, 0, 0))}, 0)
    now = meter.hear(
        {
            "a": counted(2_000, 120, (15, 15, 15, 15), 0.25, 4.0),
            "b": counted(2_000, 17, (0, 10, 10, 10)),
        },
        2_000,
    )
    assert (now.count, now.requests_per_s, now.level, now.sockets) == (2, 15.0, 0.25, 4)
    assert now.shed == (Shed("new_chat", "overload", 2.0),)
    assert now.pressures == {"loop": 0.25}
    assert now.times == Times(p50_ms=100.0, p95_ms=190.0, p99_ms=198.0)
    assert [(one.route, one.per_s) for one in now.routes] == [
        ("GET /metrics", 10.0),
        ("POST /chat/start", 10.0),
    ]


def test_one_that_is_new_or_silent_counts_nothing() -> None:
    meter = Meter()
    assert meter.hear({"a": counted(0, 1_000, (9, 9, 9, 9))}, 0).requests_per_s == 0.0
    gone = meter.hear({"a": counted(0, 1_000, (9, 9, 9, 9))}, FRESH_MS + 1)
    assert (gone.count, gone.times) == (0, Times())
    again = meter.hear({"b": counted(6_000, 10, (1, 1, 1, 1))}, 6_000)
    assert (again.count, again.requests_per_s) == (1, 0.0)


@pytest.mark.parametrize(
    ("upto", "p50", "p99"),
    [((0, 0, 0, 0), None, None), ((0, 0, 0, 3), 400.0, 400.0), ((100, 100, 100, 100), 50.0, 99.0)],
    ids=["nothing", "above all edges", "in the first"],
)
def test_percentiles(upto: tuple[int, ...], p50: float | None, p99: float | None) -> None:
    found = times_of(EDGES, upto)
    assert (found.p50_ms, found.p99_ms) == (p50, p99)
