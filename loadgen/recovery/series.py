"""A run's seconds and what was seen of the platform, as signals: a value a second, NaN for none."""

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from loadgen.profiles.model import Mode
from loadgen.results.totals import OK, SHED, is_error
from loadgen.results.window import Tally, Window
from loadgen.watch.seen import Seen

SENTINEL_LOST_MS = 20_000.0
"""For a sentinel that did not come through: as long as it is waited for."""


class Second(NamedTuple):
    """What recovery asks of a window. `offered` are users in a closed run, arrivals in an open one."""

    offered: float
    served: float
    p95_ms: float
    error_ratio: float
    shed_ratio: float


@dataclass(frozen=True)
class Series:
    """`served` are right answers, `processed` records that all stages of the platform have done since the
    second before, `stages` the lag in seconds by consumer and topic."""

    offered: list[float]
    served: list[float]
    signals: dict[str, list[float]]
    processed: list[float]
    stages: dict[str, list[float]]


def second(mode: Mode, window: Window) -> Second:
    """One window, summed up."""
    return Second(
        float(window.vus if mode == Mode.VUS else window.intended),
        float(_count(window, OK.__eq__)),
        _p95(window),
        _ratio(window, is_error),
        _ratio(window, SHED.__eq__),
    )


def series(seconds: Sequence[Second], seen: Iterable[Seen], began_ms: int) -> Series:
    """`began_ms` is when second 0 began, Unix time."""
    by_second = {(one.at_ms - began_ms) // 1000: one for one in seen}
    views = [by_second.get(nth) or by_second.get(nth - 1) for nth in range(len(seconds))]
    signals = {
        "response_p95_ms": [one.p95_ms for one in seconds],
        "error_ratio": [one.error_ratio for one in seconds],
        "shed_ratio": [one.shed_ratio for one in seconds],
    }
    if by_second:
        signals |= {
            "lag_s": [_of(view.lag_s if view else None) for view in views],
            "lag_records": [_of(view.lag_records if view else None) for view in views],
            "sentinel_ms": [_sentinel(view) for view in views],
        }
    names = sorted({name for one in by_second.values() for name in one.stages})
    return Series(
        [one.offered for one in seconds],
        [one.served for one in seconds],
        signals,
        _rates([_of(view.processed if view else None) for view in views]),
        {name: [_lag(view, name) for view in views] for name in names},
    )


def capacity(processed: Sequence[float], begin: int, end: int) -> float:
    """Records a second that were processed while more was asked for: the median of those seconds; NaN
    where nobody counted."""
    known = sorted(value for value in processed[begin:end] if not math.isnan(value))
    return known[len(known) // 2] if known else math.nan


def _rates(totals: Sequence[float]) -> list[float]:
    rates = [math.nan] + [now - before for before, now in itertools.pairwise(totals)]
    return [rate if rate >= 0 else math.nan for rate in rates][: len(totals)]


def _of(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _lag(view: Seen | None, stage: str) -> float:
    found = view.stages.get(stage) if view else None
    return math.nan if found is None else found.seconds


def _sentinel(view: Seen | None) -> float:
    if view is None:
        return math.nan
    return SENTINEL_LOST_MS if view.sentinel_ms is None else view.sentinel_ms


def _p95(window: Window) -> float:
    whole = Tally()
    for cell, tally in window.cells.items():
        if cell.kind == OK:
            whole.merge(tally)
    return whole.intended.percentile_ms(95) if whole.count else math.nan


def _count(window: Window, wanted: Callable[[str], bool]) -> int:
    return sum(tally.count for cell, tally in window.cells.items() if wanted(cell.kind))


def _ratio(window: Window, wanted: Callable[[str], bool]) -> float:
    every = _count(window, lambda _: True)
    return _count(window, wanted) / every if every else 0.0
