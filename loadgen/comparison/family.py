"""All metrics of a comparison as one: many tests at once must not raise many false alarms. Pure."""

from collections.abc import Mapping, Sequence
from enum import Enum

import numpy as np

from loadgen.comparison import differ
from loadgen.comparison.differ import LEAST_BASELINES, LEAST_RUNS, Change, Tested, Verdict
from loadgen.comparison.figures import Metric, metric

Figures = Mapping[str, float]
HEADLINE_SHARE = 0.8
"""Of the 5 % that all together may err; the headlines have it in equal parts, the other metrics the rest."""


class Way(Enum):
    """How runs are compared."""

    INTERLEAVED = "interleaved runs"
    PREDICTED = "a prediction interval"


def way(before: int, after: int) -> Way | None:
    """What so many runs allow: five of each are interleaved, fewer stand against eight before them."""
    return next((one for one in Way if _enough(one, before, after)), None)


def missing(before: int, after: int) -> str:
    """What `way` would need, for people."""
    five = [max(0, LEAST_RUNS - have) for have in (before, after)]
    eight = [max(0, LEAST_BASELINES - before), max(0, 1 - after)]
    return (
        f"{before} before and {after} after are too few: {LEAST_RUNS} of each are needed "
        f"({five[0]} and {five[1]} are missing), or {LEAST_BASELINES} before and 1 after "
        f"({eight[0]} and {eight[1]} are missing)"
    )


def compare(
    before: Sequence[Figures], after: Sequence[Figures], how: Way, *, one_sided: bool = False
) -> dict[str, Change]:
    """Every metric's change, p adjusted for all of them.

    At most 5 % of comparisons of a thing with itself say anything but "same" in any metric; with
    `one_sided` at most 5 % say "worse" and at most 5 % "better", which finds smaller changes for the worse.
    """
    names = sorted({name for run in (*before, *after) for name in run}, key=_order)
    found: dict[str, Change] = {}
    tested: dict[str, Tested] = {}
    for name in names:
        old, new = ([run[name] for run in runs if name in run] for runs in (before, after))
        if not _enough(how, len(old), len(new)):
            found[name] = differ.too_few(old, new, f"{len(old)} and {len(new)} runs have it")
            continue
        test = differ.welch if how is Way.INTERLEAVED else differ.outside
        about = metric(name)
        tested[name] = test(old, new, about.floor, about.step)
    found |= _settled(tested, one_sided)
    return {name: found[name] for name in names}


def overall(changes: Mapping[str, Change]) -> Verdict:
    """One for all: worse where any is, better where any is and none worse."""
    said = {change.verdict for change in changes.values()}
    for verdict in (Verdict.WORSE, Verdict.BETTER, Verdict.SAME):
        if verdict in said:
            return verdict
    return Verdict.TOO_FEW


def holm(ps: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Adjusted p: below α in any of them with a chance of α at most, however they depend on one another.

    Holm's weighted procedure (Scandinavian Journal of Statistics 6, 1979, section 4): with p / w ascending,
    the greatest so far of p / w times the weights that are left.
    """
    p, w = np.asarray(ps, float), np.asarray(weights, float)
    order = np.argsort(p / w, kind="stable")
    left = np.cumsum(w[order][::-1])[::-1]
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] / w[order] * left))
    return [float(one) for one in adjusted]


def _enough(how: Way, before: int, after: int) -> bool:
    if how is Way.INTERLEAVED:
        return min(before, after) >= LEAST_RUNS
    return before >= LEAST_BASELINES and after > 0


def _settled(tested: Mapping[str, Tested], one_sided: bool) -> dict[str, Change]:
    metrics = [metric(name) for name in tested]
    if not metrics:
        return {}
    weights = _weights(metrics)
    known = list(tested.values())
    if one_sided:
        directions = [holm([getattr(one, side) for one in known], weights) for side in ("p_more", "p_less")]
        ps = [min(pair) for pair in zip(*directions, strict=True)]
    else:
        ps = holm([one.p for one in known], weights)
    return {
        about.name: differ.judged(one, p, about.higher_is_better, about.floor)
        for about, one, p in zip(metrics, known, ps, strict=True)
    }


def _weights(metrics: Sequence[Metric]) -> list[float]:
    """They sum to 1."""
    first = sum(one.headline for one in metrics)
    others = len(metrics) - first
    share = HEADLINE_SHARE if first and others else float(bool(first))
    return [share / first if one.headline else (1 - share) / others for one in metrics]


def _order(name: str) -> tuple[bool, bool, str]:
    return not metric(name).headline, "{" in name, name
