"""What is normal for each signal: a robust band over the plateau before the spike. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.stats import theilslopes

FLOORS = {
    "lag_s": 0.5,
    "response_p95_ms": 10.0,
    "error_ratio": 0.001,
    "shed_ratio": 0.001,
    "sentinel_ms": 10.0,
}
"""What no signal has to stay below, by its name; lag_records has half a second of the baseline's rate."""

NOISY = frozenset({"response_p95_ms", "sentinel_ms"})
"""Percentiles of latencies have longer tails than a deviation tells: a quarter
above what the plateau itself went up to, its highest hundredth left out, counts as normal."""

_NORMAL = 1.4826
"""Of a normal distribution, the standard deviation over the median absolute deviation."""


@dataclass(frozen=True)
class Rules:
    """How recovery is measured; seconds. The first `drop_s` of a plateau don't count, and it must be
    `least_s` long without them. A `hold_s` in which `in_band` of the samples, and the first `first`, are in
    their band and none is above `worst` times it, is a recovery. The load leaves the baseline where it is
    above `leave` times it. In a hold, `known` of the seconds must have a value."""

    drop_s: int = 30
    least_s: int = 60
    hold_s: int = 30
    in_band: float = 0.95
    known: float = 0.9
    first: int = 3
    worst: float = 2.0
    leave: float = 1.1
    spread: float = 3.0
    over_median: float = 1.25
    most_trend: float = 0.01
    """Of the arrival rate: a lag that grows faster was no plateau's."""

    def compressed(self, factor: float) -> "Rules":
        """For a profile that runs in a `factor`-th of its time: the same shares of it, no hold below 5 s."""
        return Rules(
            drop_s=math.ceil(self.drop_s / factor),
            least_s=max(math.ceil(self.least_s / factor), 10),
            hold_s=max(math.ceil(self.hold_s / factor), 5),
        )


class Band(NamedTuple):
    """Normal is at most `limit`; `median` is what the signal was in the baseline."""

    median: float
    limit: float


class Baseline(NamedTuple):
    """Of seconds `begin` to `end`, `end` not included. `rate` is the offered load, a second. `invalid` says
    why nothing may be measured against it; empty where it holds."""

    begin: int
    end: int
    rate: float
    bands: dict[str, Band]
    invalid: str = ""


def band(values: Sequence[float], floor: float, rules: Rules) -> Band:
    """max(median + 3 · 1.4826 · MAD, 1.25 · median, floor) over the values that are there."""
    known = np.asarray(values, float)
    known = known[~np.isnan(known)]
    if not known.size:
        return Band(math.nan, floor)
    median = float(np.median(known))
    deviation = _NORMAL * float(np.median(np.abs(known - median)))
    return Band(median, max(median + rules.spread * deviation, rules.over_median * median, floor))


def baseline(
    offered: Sequence[float],
    signals: Mapping[str, Sequence[float]],
    until: int,
    rules: Rules,
    floors: Mapping[str, float] = FLOORS,
) -> Baseline:
    """Over the plateau that ends at second `until`: the seconds before it at which the load is level.

    `offered` and the signals have one value a second; NaN where none was taken.
    """
    begin = plateau(offered, until, rules) + rules.drop_s
    seconds = until - begin
    if seconds < rules.least_s:
        short = f"the plateau before the spike has {max(seconds, 0)} s that count, {rules.least_s} are needed"
        return Baseline(begin, until, math.nan, {}, short)
    rate = float(np.median(np.asarray(offered[begin:until], float)))
    floors = {"lag_records": 0.5 * rate, **floors}
    for name in NOISY & signals.keys():
        floors[name] = max(floors[name], rules.over_median * _noise(signals[name][begin:until]))
    bands = {
        name: band(values[begin:until], floors.get(name, 0.0), rules) for name, values in signals.items()
    }
    return Baseline(begin, until, rate, bands, _fault(signals, begin, until, rate, floors, rules))


def _noise(values: Sequence[float]) -> float:
    known = np.asarray(values, float)
    known = known[~np.isnan(known)]
    return float(np.quantile(known, 0.99)) if known.size else 0.0


def plateau(offered: Sequence[float], until: int, rules: Rules) -> int:
    """Where the level stretch that ends at `until` begins: within `leave` of its last value both ways."""
    if not until:
        return 0
    level = offered[until - 1]
    begin = until
    while begin and level / rules.leave <= offered[begin - 1] <= level * rules.leave:
        begin -= 1
    return begin


def _fault(
    signals: Mapping[str, Sequence[float]],
    begin: int,
    end: int,
    rate: float,
    floors: Mapping[str, float],
    rules: Rules,
) -> str:
    for name, values in signals.items():
        taken = np.asarray(values[begin:end], float)
        missing = int(np.isnan(taken).sum())
        if missing > len(taken) // 10:
            return f"{name} has no value in {missing} of the baseline's {len(taken)} seconds"
    lag = np.asarray(signals.get("lag_records", ())[begin:end], float)
    known = np.flatnonzero(~np.isnan(lag))
    if known.size > 2:
        slope = theilslopes(lag[known], known)
        grown = slope.low_slope * (end - begin)
        if slope.low_slope > rules.most_trend * rate and grown > floors["lag_records"]:
            return f"the lag grows by {slope.slope:.1f} records a second at {rate:.0f} a second"
    return ""
