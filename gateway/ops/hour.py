"""The last hour as columns, in steps of some seconds: pure."""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from schemas.ops import Alert, Hour, Mark, Point

Values = list[float]
_MEAN = ("queued", "answered", "requests", "refused", "errors")
_WORST = ("p50_ms", "p95_ms", "p99_ms", "waiting", "oldest_s")
_LAST = ("level", "busy", "available")


def hour_of(points: Iterable[Point], step_s: int, alerts: tuple[Alert, ...], marks: tuple[Mark, ...]) -> Hour:
    """Points in the order of time, a row for each step in which there is one."""
    steps = [
        (at * step_s * 1000, list(those))
        for at, those in groupby(points, lambda one: one.at_ms // (1000 * step_s))
    ]
    groups = sorted({group for _, those in steps for one in those for group in one.groups})
    return Hour(
        step_s=step_s,
        at_ms=[at_ms for at_ms, _ in steps],
        series={
            name: [_of(those, name, how) for _, those in steps]
            for names, how in ((_MEAN, _mean), (_WORST, max), (_LAST, _last))
            for name in names
        },
        lag_s={group: [_lag(those, group, "lag_s") for _, those in steps] for group in groups},
        lag_records={group: [_lag(those, group, "lag_records") for _, those in steps] for group in groups},
        alerts=alerts,
        marks=marks,
    )


def _of(those: Sequence[Point], name: str, how: Callable[[Values], float]) -> float | None:
    values: Values = [value for one in those if (value := getattr(one, name)) is not None]
    return round(how(values), 3) if values else None


def _lag(those: Sequence[Point], group: str, name: str) -> float | None:
    values = [getattr(one, name)[one.groups.index(group)] for one in those if group in one.groups]
    return round(max(values), 3) if values else None


def _mean(values: Values) -> float:
    return sum(values) / len(values)


def _last(values: Values) -> float:
    return values[-1]
