"""False alarms and what is missed, counted over many comparisons whose truth is known."""

import math
from random import Random

import pytest

from loadgen.comparison import Verdict, bootstrap_median, interleaved, predicted

TIMES = 400
NOISE = 0.06
"""The coefficient of variation of runs on a shared machine."""


def _runs(rng: Random, count: int, scale: float = 1.0) -> list[float]:
    return [100 * scale * math.exp(rng.gauss(0, NOISE)) for _ in range(count)]


def _share(of: Verdict, found: list[Verdict]) -> float:
    return found.count(of) / len(found)


def test_a_thing_compared_with_itself_seldom_raises_an_alarm() -> None:
    rng = Random(1)
    found = [interleaved(_runs(rng, 5), _runs(rng, 5), higher_is_better=False).verdict for _ in range(TIMES)]
    assert _share(Verdict.SAME, found) >= 0.95


def test_a_run_like_its_baselines_seldom_raises_an_alarm() -> None:
    rng = Random(2)
    found = [predicted(_runs(rng, 8), _runs(rng, 1)[0], higher_is_better=False).verdict for _ in range(TIMES)]
    assert _share(Verdict.SAME, found) >= 0.95


def test_a_fifth_more_is_found() -> None:
    rng = Random(3)
    found = [
        interleaved(_runs(rng, 5), _runs(rng, 5, 1.2), higher_is_better=False).verdict for _ in range(TIMES)
    ]
    assert _share(Verdict.WORSE, found) >= 0.90


@pytest.mark.parametrize(("after", "verdict"), [(0.0, "same"), (0.0005, "same"), (0.142, "worse")])
def test_a_baseline_of_zero_is_not_divided_by(after: float, verdict: str) -> None:
    assert interleaved([0.0] * 5, [after] * 5, higher_is_better=False).verdict == verdict
    assert predicted([0.0] * 8, after, higher_is_better=False).verdict == verdict


def test_too_few_runs_are_no_verdict() -> None:
    assert interleaved([1.0] * 4, [2.0] * 9, higher_is_better=True).verdict == Verdict.TOO_FEW
    assert predicted([1.0] * 7, 2.0, higher_is_better=True).verdict == Verdict.TOO_FEW


def test_more_is_better_where_it_is() -> None:
    more = interleaved([100.0, 101, 99, 100, 102], [130.0, 131, 129, 133, 128], higher_is_better=True)
    assert more.verdict == Verdict.BETTER
    assert more.ratio == pytest.approx(1.3)


def test_what_is_significant_and_small_does_not_count() -> None:
    small = interleaved(
        [100.0, 100.1, 99.9, 100, 100.2], [105.0, 105.1, 104.9, 105, 105.2], higher_is_better=False
    )
    assert small.verdict == Verdict.SAME
    assert small.p is not None
    assert small.p < 0.05


def test_a_median_has_an_interval_that_holds_it() -> None:
    found = bootstrap_median([4.0, 5.0, 6.0, 5.5, 4.5], seed=1)
    assert found.low <= found.value == 5.0 <= found.high
    with pytest.raises(ValueError, match="no values"):
        bootstrap_median([], seed=1)
