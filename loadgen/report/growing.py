"""The memory of a run's processes, and where their lines lead in twelve hours. Pure."""

from collections.abc import Sequence
from statistics import median

from loadgen.report.data import Growing, Memory, Series
from loadgen.soak.growth import Growth, changes, growths, warm_up_of
from loadgen.soak.memory import MB
from loadgen.soak.trend import HOUR_S, Trend
from loadgen.watch import Seen

UNTIL_H = 12.0
_LEAST_S = 300.0
"""Of what is measured after the warm-up: less says nothing of hours."""

_POINTS = 120


def memory(seen: Sequence[Seen], began_ms: int, seconds: int) -> Memory | None:
    """None where no process was seen."""
    grown = growths(seen, began_ms, float(seconds))
    if not grown:
        return None
    warm_up_s = warm_up_of(seconds)
    changed = changes([one for one in seen if one.at_ms >= began_ms], began_ms)
    if seconds - warm_up_s < _LEAST_S:
        return Memory([], warm_up_s / HOUR_S, UNTIL_H, [], changed)
    width_s = seconds / _POINTS
    at = [round((nth + 0.5) * width_s / HOUR_S, 5) for nth in range(_POINTS)]
    rows = [_row(one, one.trend, seconds) for one in grown if one.trend]
    return Memory(at, warm_up_s / HOUR_S, max(UNTIL_H, seconds / HOUR_S), rows, changed)


def _row(one: Growth, found: Trend, seconds: int) -> Growing:
    value, low, high = found.after(max(UNTIL_H - one.times[-1] / HOUR_S, 0.0))
    return Growing(
        one.name,
        one.ours,
        one.most / MB,
        found.per_h / MB,
        found.low / MB,
        found.high / MB,
        (value / MB, max(low, 0.0) / MB, high / MB),
        _drawn(one, seconds / _POINTS),
    )


def _drawn(one: Growth, width_s: float) -> Series:
    """The median of what was sampled in each part of the run."""
    parts: list[list[float]] = [[] for _ in range(_POINTS)]
    for at, value in zip(one.times, one.held, strict=True):
        if 0 <= at < width_s * _POINTS:
            parts[int(at / width_s)].append(value / MB)
    return [round(median(part), 2) if part else None for part in parts]
