"""What each value does, against the baseline's runs. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from loadgen.comparison import Change, Verdict, bootstrap_median, interleaved
from loadgen.comparison.differ import ALPHA
from loadgen.comparison.intervals import Interval
from loadgen.sweep.kept import Kept
from loadgen.sweep.order import variants
from loadgen.sweep.plan import Metric, Plan, Setting, Variant

_DRAWS = 4_000
_SEED = 1


class Advice(StrEnum):
    """What to do about a value."""

    TAKE = "take it"
    AVOID = "avoid it"
    TRADE = "a trade"
    ALIKE = "no difference"
    UNSURE = "may be chance: run it again"
    TOO_FEW = "too few runs"


@dataclass(frozen=True)
class Effect:
    """Of one value on one metric. `ratio` is after over before with its interval, None where the baseline is
    zero or nothing was measured. `sure`: it holds although so many values are looked at."""

    metric: Metric
    before: Interval | None
    after: Interval | None
    ratio: Interval | None
    change: Change
    sure: bool = False
    runs: int = 0


@dataclass(frozen=True)
class Valued:
    """One value of a setting, with its effects on all metrics."""

    setting: Setting
    value: str
    effects: tuple[Effect, ...]

    @property
    def advice(self) -> Advice:
        """By the metrics that are judged."""
        judged = [one for one in self.effects if one.metric.judged]
        verdicts = {one.change.verdict for one in judged if one.sure}
        if not judged or all(one.change.verdict is Verdict.TOO_FEW for one in judged):
            return Advice.TOO_FEW
        if {Verdict.BETTER, Verdict.WORSE} <= verdicts:
            return Advice.TRADE
        if verdicts & {Verdict.BETTER, Verdict.WORSE}:
            return Advice.TAKE if Verdict.BETTER in verdicts else Advice.AVOID
        changed = any(one.change.verdict in (Verdict.BETTER, Verdict.WORSE) for one in judged)
        return Advice.UNSURE if changed else Advice.ALIKE


def effects(plan: Plan, kept: Kept) -> list[Valued]:
    """Every value that is not a baseline's. An effect is sure where it also stands Holm's correction (Scand.
    J. Statistics 6, 1979) over all that are judged: of 60 comparisons at 5 % three differ by chance."""
    found = []
    for variant in variants(plan):
        if variant.setting:
            measured = tuple(_effect(kept, variant, metric) for metric in plan.metrics)
            found.append(Valued(variant.setting, variant.value, measured))
    judged = [one for valued in found for one in valued.effects if one.metric.judged]
    limit = _holm(one.change.p for one in judged if one.change.p is not None)
    return [
        replace(
            one, effects=tuple(replace(effect, sure=_sure(effect.change, limit)) for effect in one.effects)
        )
        for one in found
    ]


def _effect(kept: Kept, variant: Variant, metric: Metric) -> Effect:
    before = kept.counted(Variant().key, metric.name)
    after = kept.counted(variant.key, metric.name)
    change = interleaved(
        before, after, higher_is_better=metric.higher_is_better, zero_floor=metric.zero_floor
    )
    return Effect(
        metric,
        bootstrap_median(before, _SEED) if before else None,
        bootstrap_median(after, _SEED) if after else None,
        ratio_of_medians(before, after),
        change,
        runs=len(after),
    )


def ratio_of_medians(before: Sequence[float], after: Sequence[float]) -> Interval | None:
    """After over before with its 95 % percentile bootstrap interval; None where the baseline has a zero."""
    if not before or not after or min(before) <= 0:
        return None
    rng = np.random.default_rng(_SEED)
    drawn = [
        np.median(rng.choice(np.asarray(runs, float), (_DRAWS, len(runs))), axis=1)
        for runs in (before, after)
    ]
    low, high = np.quantile(drawn[1] / drawn[0], [ALPHA / 2, 1 - ALPHA / 2])
    return Interval(float(np.median(after) / np.median(before)), float(low), float(high))


def _holm(ps: Iterable[float]) -> float:
    """The highest p that is still rejected; -1 where none is."""
    found, limit = sorted(ps), -1.0
    for index, p in enumerate(found):
        if p > ALPHA / (len(found) - index):
            break
        limit = p
    return limit


def _sure(change: Change, limit: float) -> bool:
    """Without a p (a baseline of zero) the floor has decided."""
    changed = change.verdict in (Verdict.BETTER, Verdict.WORSE)
    return changed and (change.p is None or change.p <= limit)
