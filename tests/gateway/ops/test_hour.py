"""The last hour as columns."""

from gateway.ops.hour import hour_of
from schemas.ops import Point


def point(second: int, requests: float, p99_ms: float | None, lag_s: tuple[float, ...]) -> Point:
    groups = ("a", "b")[: len(lag_s)]
    return Point(
        at_ms=second * 1000 + 7,
        queued=0.0,
        answered=0.0,
        requests=requests,
        refused=0.0,
        errors=0.0,
        p50_ms=None,
        p95_ms=None,
        p99_ms=p99_ms,
        waiting=second,
        oldest_s=0.0,
        level=0.9 - second / 100,
        busy=0,
        available=0,
        groups=groups,
        lag_s=lag_s,
        lag_records=tuple(int(one) for one in lag_s),
    )


def test_rates_are_means_and_what_hurts_is_the_worst() -> None:
    points = [point(10, 1.0, None, (2.0,)), point(12, 3.0, 5.0, (1.0, 4.0)), point(21, 8.0, None, ())]
    hour = hour_of(points, 5, (), ())
    assert hour.at_ms == [10_000, 20_000]
    assert hour.series["requests"] == [2.0, 8.0]
    assert hour.series["p99_ms"] == [5.0, None]
    assert hour.series["waiting"] == [12, 21]
    assert hour.series["level"] == [0.78, 0.69]
    assert hour.lag_s == {"a": [2.0, None], "b": [4.0, None]}
    assert hour.lag_records == {"a": [2, None], "b": [4, None]}


def test_of_nothing_nothing() -> None:
    hour = hour_of([], 5, (), ())
    assert (hour.at_ms, hour.lag_s) == ([], {})
