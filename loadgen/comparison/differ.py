"""The two ways to tell a change: interleaved runs of both, or one run against the baselines before it. Pure.

A change counts where it is significant and above MATTERS: samples within a run depend on one another, and
tests on them find a change in two of five comparisons of a thing with itself.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import stats

LEAST_RUNS = 5
LEAST_BASELINES = 8
MATTERS = 0.10
ALPHA = 0.05


class Verdict(StrEnum):
    """What is to be said of a metric."""

    SAME = "same"
    BETTER = "better"
    WORSE = "worse"
    TOO_FEW = "too few runs"


@dataclass(frozen=True)
class Change:
    """Of one metric: `before` and `after` are medians of runs. `ratio` is after over before; None where
    before was zero: then `after` against `zero_floor` decides. `p` is the test's probability of such
    a difference by chance."""

    verdict: Verdict
    before: float
    after: float
    ratio: float | None
    p: float | None
    reason: str = ""


def interleaved(
    before: Sequence[float], after: Sequence[float], *, higher_is_better: bool, zero_floor: float = 0.001
) -> Change:
    """Runs of both, taken in turn, so that the machine's hour is in both alike.

    Welch's t on the logarithms (Biometrika 34, 1947) against ALPHA.
    """
    if min(len(before), len(after)) < LEAST_RUNS:
        few = f"{len(before)} and {len(after)} runs; {LEAST_RUNS} of each are needed"
        return Change(Verdict.TOO_FEW, _median(before), _median(after), None, None, few)
    if zero := _from_zero(before, after, higher_is_better, zero_floor):
        return zero
    logs = [np.log(np.maximum(np.asarray(runs, float), 1e-12)) for runs in (before, after)]
    p = float(stats.ttest_ind(*logs, equal_var=False).pvalue)
    return _judged(_median(before), _median(after), p, higher_is_better)


def predicted(
    baselines: Sequence[float], run: float, *, higher_is_better: bool, zero_floor: float = 0.001
) -> Change:
    """One run against at least 8 of before: significant where it lies outside of their prediction interval.

    mean ± t(n − 1) · s · √(1 + 1/n) of the logarithms (Hahn and Meeker, Statistical Intervals, 1991, 4.7).
    """
    count = len(baselines)
    if count < LEAST_BASELINES:
        few = f"{count} baselines; {LEAST_BASELINES} are needed"
        return Change(Verdict.TOO_FEW, _median(baselines), run, None, None, few)
    if zero := _from_zero(baselines, [run], higher_is_better, zero_floor):
        return zero
    logs = np.log(np.maximum(np.asarray(baselines, float), 1e-12))
    spread = float(logs.std(ddof=1)) * math.sqrt(1 + 1 / count)
    away = abs(math.log(max(run, 1e-12)) - float(logs.mean()))
    p = 0.0 if not spread else float(2 * stats.t.sf(away / spread, count - 1))
    return _judged(_median(baselines), run, p if away else 1.0, higher_is_better)


def _from_zero(
    before: Sequence[float], after: Sequence[float], higher_is_better: bool, floor: float
) -> Change | None:
    """A baseline of zero (errors) has no ratio: what comes after it counts where it is above `floor`."""
    median, now = _median(before), _median(after)
    if median > 0:
        return None
    if now <= floor:
        return Change(Verdict.SAME, median, now, None, None, "the baseline is zero")
    verdict = Verdict.BETTER if higher_is_better else Verdict.WORSE
    return Change(verdict, median, now, None, None, f"the baseline is zero, and this above {floor:g}")


def _judged(before: float, after: float, p: float, higher_is_better: bool) -> Change:
    ratio = after / before
    if p >= ALPHA:
        return Change(Verdict.SAME, before, after, ratio, p, "not significant")
    if abs(ratio - 1) <= MATTERS:
        return Change(Verdict.SAME, before, after, ratio, p, f"significant, but not above {MATTERS:.0%}")
    better = (ratio > 1) == higher_is_better
    return Change(Verdict.BETTER if better else Verdict.WORSE, before, after, ratio, p)


def _median(values: Sequence[float]) -> float:
    return float(np.median(values)) if values else math.nan
