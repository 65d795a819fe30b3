"""The whole comparison, over many whose truth is known: all metrics of a run, their noise partly in common.

Assumed: 5 % of noise between interleaved runs, and between the three runs of a gate; 3 % where one run alone
stands against its eight baselines, which can't show more.
"""

from collections.abc import Callable

import numpy as np
import pytest

from loadgen.comparison import Verdict, Way, compare, missing, overall, way
from loadgen.comparison.family import holm
from loadgen.comparison.figures import CPU, ERRORS, P95, RECOVERY, SHED, TPS

TIMES = 200
ENDPOINTS = ("start", "message", "connect", "ivr")
LATENCIES = [f"response_time {one}" for one in ("mean", "p(50)", "p(95)", "p(99)")] + [
    f"response_time{{name:{name}}} {one}" for name in ENDPOINTS for one in ("p(50)", "p(95)", "p(99)")
]
Runs = list[dict[str, float]]


class Service:
    """Runs of it: latencies log-normal with `noise`, of which three fifths are the run's own in all of them;
    rates as in an open mode; few errors; recovery in whole seconds."""

    def __init__(self, seed: int, noise: float) -> None:
        self._rng, self._noise = np.random.default_rng(seed), noise

    def runs(self, count: int, slower: Callable[[str], float] = lambda _: 1.0) -> Runs:
        common = self._rng.normal(0, 0.6 * self._noise, count)
        own = self._rng.normal(0, 0.8 * self._noise, (len(LATENCIES) + 2, count))
        made = np.exp(common + own)
        rates = self._rng.normal(300, 0.2, count)
        errors = self._rng.poisson(2, (2, count)) / 10_000
        return [
            {name: float(100 * slower(name) * made[row, run]) for row, name in enumerate(LATENCIES)}
            | {CPU: float(0.004 * made[-1, run]), RECOVERY: float(round(4 * made[-2, run]))}
            | {TPS: float(rates[run]), ERRORS: float(errors[0, run]), SHED: float(errors[1, run])}
            for run in range(count)
        ]


def _share(
    how: Way, noise: float, before: int, after: int, slower: Callable[[str], float], seed: int
) -> dict[Verdict, float]:
    """By verdict, as `compare` (interleaved) and `gate` (predicted) come to it."""
    service = Service(seed, noise)
    one_sided = how is Way.PREDICTED
    found = [
        overall(compare(service.runs(before), service.runs(after, slower), how, one_sided=one_sided))
        for _ in range(TIMES)
    ]
    print(f"seed {seed}, {how.value}: " + ", ".join(f"{one} {found.count(one)}" for one in Verdict))
    return {one: found.count(one) / TIMES for one in Verdict}


WAYS = pytest.mark.parametrize(
    ("how", "noise", "before", "after"),
    [
        (Way.INTERLEAVED, 0.05, 5, 5),
        (Way.PREDICTED, 0.03, 8, 1),
        (Way.PREDICTED, 0.05, 8, 3),
    ],
    ids=["interleaved", "one-run", "three-runs"],
)


@WAYS
def test_a_service_compared_with_itself_seldom_raises_any_alarm(
    how: Way, noise: float, before: int, after: int
) -> None:
    share = _share(how, noise, before, after, lambda _: 1.0, seed=11)
    assert share[Verdict.WORSE] <= 0.05
    assert share[Verdict.SAME] >= (0.95 if how is Way.INTERLEAVED else 0.90), (
        "a gate fails for the worse alone"
    )


@WAYS
def test_a_noisy_service_raises_no_more_alarms(how: Way, noise: float, before: int, after: int) -> None:
    """Above a tenth is then no hurdle: significance has to hold by itself."""
    assert _share(how, 5 * noise, before, after, lambda _: 1.0, seed=12)[Verdict.WORSE] <= 0.05


@WAYS
def test_a_fifth_slower_is_found(how: Way, noise: float, before: int, after: int) -> None:
    assert _share(how, noise, before, after, lambda _: 1.2, seed=13)[Verdict.WORSE] >= 0.90


@WAYS
def test_a_fifth_more_in_the_p95_alone_is_found(how: Way, noise: float, before: int, after: int) -> None:
    slower = {P95: 1.2}
    assert _share(how, noise, before, after, lambda name: slower.get(name, 1.0), 14)[Verdict.WORSE] >= 0.90


def test_adjusted_probabilities_are_holms() -> None:
    assert holm([0.01, 0.04, 0.03], [1 / 3] * 3) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.01, 0.5], [0.8, 0.2]) == pytest.approx([0.0125, 0.5])
    assert holm([0.9, 0.9], [0.5, 0.5]) == [1.0, 1.0]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (5, 5, Way.INTERLEAVED),
        (8, 1, Way.PREDICTED),
        (7, 1, None),
        (8, 0, None),
        (5, 4, None),
        (20, 4, Way.PREDICTED),
    ],
)
def test_so_many_runs_allow_one_way_or_none(before: int, after: int, found: Way | None) -> None:
    assert way(before, after) is found


def test_it_is_said_how_many_runs_are_missing() -> None:
    assert "(3 and 4 are missing)" in missing(2, 1)
    assert "(6 and 0 are missing)" in missing(2, 1)


def test_errors_that_come_up_are_worse_and_rare_ones_are_not() -> None:
    clean = [{ERRORS: 0.0, P95: 100.0 + n} for n in range(8)]
    assert compare(clean, [{ERRORS: 0.0009, P95: 103.0}], Way.PREDICTED)[ERRORS].verdict == Verdict.SAME
    worse = compare(clean, [{ERRORS: 0.02, P95: 103.0}], Way.PREDICTED)
    assert worse[ERRORS].verdict == Verdict.WORSE
    assert worse[ERRORS].ratio is None
    assert worse[P95].verdict == Verdict.SAME


def test_whole_seconds_are_no_finer_than_they_are() -> None:
    steady = [{RECOVERY: 3.0}] * 8
    assert overall(compare(steady, [{RECOVERY: 4.0}], Way.PREDICTED)) == Verdict.SAME
    assert overall(compare(steady, [{RECOVERY: 9.0}], Way.PREDICTED)) == Verdict.WORSE


def test_a_metric_that_some_runs_lack_has_no_verdict_and_hinders_none() -> None:
    before = [{P95: 100.0 + n} for n in range(5)]
    after = [{P95: 150.0 + n, CPU: 0.1} for n in range(5)]
    found = compare(before, after, Way.INTERLEAVED)
    assert found[CPU].verdict == Verdict.TOO_FEW
    assert found[P95].verdict == overall(found) == Verdict.WORSE
