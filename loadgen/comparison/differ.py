"""The two ways to tell a change: interleaved runs of both, or new runs against baselines before them. Pure.

A change counts where it is significant and above MATTERS: samples within a run depend on one another, and
tests on them find a change in two of five comparisons of a thing with itself.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean, median

from scipy.special import stdtr

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
class Tested:
    """`before` and `after` are medians of runs; `ratio` is after over before, both at least the floor.
    `p_more` and `p_less` are the chances of such a rise, or fall, where nothing changed."""

    before: float
    after: float
    ratio: float
    p_more: float
    p_less: float

    @property
    def p(self) -> float:
        """Of such a difference in either direction."""
        return min(1.0, 2 * min(self.p_more, self.p_less))


@dataclass(frozen=True)
class Change:
    """Of one metric: `before` and `after` are medians of runs. `ratio` is after over before; None where
    before was zero: then what comes after counts where it is above the floor. `p` is the test's
    probability of such a difference by chance."""

    verdict: Verdict
    before: float
    after: float
    ratio: float | None
    p: float | None
    reason: str = ""


def welch(before: Sequence[float], after: Sequence[float], floor: float, step: float = 0.0) -> Tested:
    """Of runs of both, at least two of each. Welch's t on the logarithms (Biometrika 34, 1947).

    What is below `floor` counts as that: nobody cares, and zero has no logarithm. Figures are known to `step`
    only: half of it is a deviation that joins theirs.
    """
    sides = [_Logs.of(runs, floor, step) for runs in (before, after)]
    of_mean = [side.variance / side.count for side in sides]
    whole = sum(of_mean)
    freedom = (
        whole**2 / sum(part**2 / (side.count - 1) for part, side in zip(of_mean, sides, strict=True))
        if whole
        else 1.0
    )
    return _tested(before, after, floor, sides[1].mean - sides[0].mean, math.sqrt(whole), freedom)


def outside(baselines: Sequence[float], runs: Sequence[float], floor: float, step: float = 0.0) -> Tested:
    """Of the mean of new `runs` against that of at least two `baselines`, whose spread is that of both.

    mean ± t(n − 1) · s · √(1/m + 1/n) of the logarithms: the prediction interval for the mean of m more
    (Hahn and Meeker, Statistical Intervals, 1991, 4.7 and 4.8). `floor` and `step` as for `welch`.
    """
    known = _Logs.of(baselines, floor, step)
    away = _Logs.of(runs, floor, step).mean - known.mean
    spread = math.sqrt(known.variance * (1 / len(runs) + 1 / known.count))
    return _tested(baselines, runs, floor, away, spread, known.count - 1)


def interleaved(
    before: Sequence[float], after: Sequence[float], *, higher_is_better: bool, zero_floor: float = 0.001
) -> Change:
    """One metric by itself, of runs taken in turn, so that the machine's hour is in both alike."""
    if min(len(before), len(after)) < LEAST_RUNS:
        few = f"{len(before)} and {len(after)} runs; {LEAST_RUNS} of each are needed"
        return too_few(before, after, few)
    tested = welch(before, after, zero_floor)
    return judged(tested, tested.p, higher_is_better, zero_floor)


def predicted(
    baselines: Sequence[float], run: float, *, higher_is_better: bool, zero_floor: float = 0.001
) -> Change:
    """One metric by itself, of one run against at least 8 of before."""
    if len(baselines) < LEAST_BASELINES:
        few = f"{len(baselines)} baselines; {LEAST_BASELINES} are needed"
        return too_few(baselines, [run], few)
    tested = outside(baselines, [run], zero_floor)
    return judged(tested, tested.p, higher_is_better, zero_floor)


def too_few(before: Sequence[float], after: Sequence[float], why: str) -> Change:
    """No verdict."""
    return Change(Verdict.TOO_FEW, _median(before), _median(after), None, None, why)


def judged(tested: Tested, p: float, higher_is_better: bool, floor: float) -> Change:
    """The verdict by `p`, which a family of metrics adjusts."""
    before, after = tested.before, tested.after
    ratio = after / before if before > 0 else None

    def says(verdict: Verdict, reason: str = "") -> Change:
        return Change(verdict, before, after, ratio, p, reason)

    if max(before, after) <= floor:
        return says(Verdict.SAME, f"both are at most {floor:g}, below which nothing counts")
    if p >= ALPHA:
        return says(Verdict.SAME, "not significant")
    if abs(tested.ratio - 1) <= MATTERS:
        return says(Verdict.SAME, f"significant, but not above {MATTERS:.0%}")
    verdict = Verdict.BETTER if (tested.ratio > 1) == higher_is_better else Verdict.WORSE
    return says(verdict, "" if ratio else f"it was zero, and is now above {floor:g}")


@dataclass(frozen=True)
class _Logs:
    count: int
    mean: float
    variance: float

    @staticmethod
    def of(runs: Sequence[float], floor: float, step: float) -> "_Logs":
        known = [max(one, floor, 1e-12) for one in runs]
        logs = [math.log(one) for one in known]
        mean = fmean(logs)
        variance = sum((one - mean) ** 2 for one in logs) / (len(logs) - 1) if len(logs) > 1 else 0.0
        return _Logs(len(logs), mean, variance + (step / 2 / fmean(known)) ** 2)


def _tested(
    before: Sequence[float], after: Sequence[float], floor: float, away: float, spread: float, freedom: float
) -> Tested:
    medians = _median(before), _median(after)
    ratio = max(medians[1], floor, 1e-12) / max(medians[0], floor, 1e-12)
    if spread <= 1e-9:  # equal to the last digit: any difference is one
        p_more, p_less = float(away <= 1e-9), float(away >= -1e-9)
    else:
        p_more, p_less = (float(stdtr(freedom, sign * away / spread)) for sign in (-1, 1))
    return Tested(*medians, ratio, p_more, p_less)


def _median(values: Sequence[float]) -> float:
    return float(median(values)) if values else math.nan
