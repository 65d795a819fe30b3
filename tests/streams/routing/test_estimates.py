"""Estimated waits, judged on simulated queues with people who give up, and steps in arrivals and agents.

Mean error is mean |p50 - true wait| over the mean true wait, of all that had to wait, those that gave up
included with the wait that they would have had (centers.py). "Ideal" knows the true rates of one queue for
itself: what chance leaves of error even then. With three agents, or after losing three of ten, lines are
short and that alone is 20 to 45 %; there, and where others share the agents, the estimate must be better than
both plain rules. Surges with 10, 50 and 200 agents are each held to 30 %, and all steps together.

The seeds are the same in every run: chance must not decide whether a bound on it holds. The estimator's
constants were chosen on runs with other seeds.
"""

import functools
import random
from typing import NamedTuple

import msgspec
import pytest

from streams.routing.estimates import Flow, Left
from streams.routing.waits import quantiles, wait
from tests.streams.routing.centers import AGING_S, NORMAL, URGENT, Center, Scenario, Wait

MOST_ERROR, LEAST_WITHIN, MOST_WITHIN = 0.30, 0.85, 0.95
RUNS = {3: 24, 10: 10, 50: 4, 200: 2}
SURGE = Scenario("arrivals × 2.5", surge=2.5)
LONG_TAIL = Scenario("× 2.5, long handling tail", surge=2.5, handling_spread=1.2)
EVEN = Scenario("× 2.5, even handling", surge=2.5, handling_spread=0.5)
PATIENT = Scenario("× 2.5, patience used up", surge=2.5, patience_spread=0.7)
PRIORITIES = Scenario("× 2.5, three of ten urgent", surge=2.5, urgent=0.3)
STEADY = Scenario("load 1.1", load=1.1)
LOSS = Scenario("3 of 10 agents lost", lost=0.3)
SHARED = Scenario("× 2.5, agents shared", surge=2.5, other=0.5)
SECOND = Scenario("× 1.5, agents serve others first", surge=1.5, other=0.5, other_first=True)

SIZES = (10, 50, 200)
SURGES = (SURGE, LONG_TAIL, EVEN, PATIENT, PRIORITIES)
STEPS = (*SURGES, LOSS, SHARED, SECOND)
SMALL = [(SURGE, 3), (LONG_TAIL, 3), (LOSS, 3)]
ALL = [*SMALL, *((scenario, agents) for scenario in (*STEPS, STEADY) for agents in SIZES)]


def _name(value: object) -> str:
    return getattr(value, "name", str(value))


class Judged(NamedTuple):
    """Sums over the waits: of seconds, of seconds off by each rule, of those within the p90, and of relative
    errors."""

    waits: int
    seconds: float
    off_s: float
    last_off_s: float
    plain_off_s: float
    ideal_off_s: float
    within: int
    relative: float

    @property
    def error(self) -> float:
        return self.off_s / self.seconds

    @property
    def share_within(self) -> float:
        return self.within / self.waits

    def __str__(self) -> str:
        last, plain, ideal = (
            off_s / self.seconds for off_s in (self.last_off_s, self.plain_off_s, self.ideal_off_s)
        )
        return (
            f"{self.waits:5} waits of {self.seconds / self.waits:3.0f} s: error {self.error:.3f}"
            f" (ideal {ideal:.3f}, last wait {last:.3f}, handling {plain:.3f}; mean of relative errors"
            f" {self.relative / self.waits:.2f}); within the p90 {self.share_within:.3f}"
        )


def _judged(waits: list[Wait]) -> Judged:
    said = [(one, one.said) for one in waits if one.said is not None]
    assert len(said) == len(waits)
    return Judged(
        waits=len(waits),
        seconds=sum(one.true_s for one in waits),
        off_s=sum(abs(estimate.p50_s - one.true_s) for one, estimate in said),
        last_off_s=sum(abs(one.last_s - one.true_s) for one in waits),
        plain_off_s=sum(abs(one.plain_s - one.true_s) for one in waits),
        ideal_off_s=sum(abs(one.ideal_s - one.true_s) for one in waits),
        within=sum(one.true_s <= estimate.p90_s for one, estimate in said),
        relative=sum(abs(estimate.p50_s - one.true_s) / max(one.true_s, 1.0) for one, estimate in said),
    )


def _together(all_of_them: list[Judged]) -> Judged:
    return Judged(*(sum(column) for column in zip(*all_of_them, strict=True)))


@functools.cache
def _judge(scenario: Scenario, agents: int) -> Judged:
    seeds = [f"{scenario.name}:{agents}:{run}" for run in range(RUNS[agents])]
    waits = [one for seed in seeds for one in Center(scenario, agents, random.Random(seed)).waits()]
    found = _judged(waits)
    print(f"{scenario.name:32} {agents:3} agents, seeds {seeds[0]!r} and on, {found}")
    print(f"{'':44}of these were answered: {_judged([one for one in waits if one.answered])}")
    return found


@pytest.mark.parametrize(("scenario", "agents"), ALL, ids=_name)
def test_better_than_plain_rules(scenario: Scenario, agents: int) -> None:
    found = _judge(scenario, agents)
    assert found.off_s < min(found.last_off_s, found.plain_off_s)


@pytest.mark.parametrize("scenario", [*STEPS, STEADY], ids=_name)
def test_nine_of_ten_are_within_the_p90(scenario: Scenario) -> None:
    found = _together([_judge(scenario, agents) for agents in SIZES])
    assert LEAST_WITHIN <= found.share_within <= MOST_WITHIN


@pytest.mark.parametrize("agents", SIZES)
@pytest.mark.parametrize("scenario", SURGES, ids=_name)
def test_error_in_a_surge(scenario: Scenario, agents: int) -> None:
    assert _judge(scenario, agents).error <= MOST_ERROR


def test_error_of_all_steps() -> None:
    found = _together([_judge(scenario, agents) for scenario in STEPS for agents in SIZES])
    print(f"all steps: {found}")
    assert found.error <= MOST_ERROR
    assert LEAST_WITHIN <= found.share_within <= MOST_WITHIN


def test_error_with_three_agents_is_near_what_chance_leaves() -> None:
    found = _together([_judge(scenario, agents) for scenario, agents in SMALL])
    assert found.off_s < 1.1 * found.ideal_off_s
    assert LEAST_WITHIN <= found.share_within <= MOST_WITHIN


def test_nothing_is_said_while_nothing_is_known() -> None:
    flow = Flow()
    flow.joined(0, 1, 5, NORMAL)
    assert flow.estimate(1, 0, 5, NORMAL, AGING_S) is None
    flow.completed(300.0)
    said = flow.estimate(1, 0, 5, NORMAL, AGING_S)
    assert said is not None
    assert 30 < said.p50_s < 60 < said.p90_s  # 300 s of 5 agents
    assert flow.estimate(1, 0, 0, NORMAL, AGING_S) is None


def test_many_offers_at_one_instant() -> None:
    flow = Flow()
    for _ in range(100_000):
        flow.left(0, 19, 10, Left.OFFERED, 0.0, None)
    assert _p50_s(flow, 20, 10) < 1


def _busy(waiting: int, every_s: int = 10) -> Flow:
    """An offer every ten seconds, and another joins; ten agents."""
    flow = Flow()
    for number in range(400):
        now_ms = number * every_s * 1000
        flow.left(now_ms, waiting - 1, 10, Left.OFFERED, float(every_s * waiting), None)
        flow.joined(now_ms, waiting, 10, NORMAL)
    return flow


def _p50_s(flow: Flow, position: int, slots: int, priority: int = NORMAL, later_s: int = 0) -> float:
    said = flow.estimate(position, flow.at_ms + later_s * 1000, slots, priority, AGING_S)
    assert said is not None
    return said.p50_s


def test_agents_who_go_count_at_once() -> None:
    flow = _busy(20)
    assert _p50_s(flow, 20, 10) == pytest.approx(200, rel=0.05)
    assert _p50_s(flow, 20, 5) == pytest.approx(400, rel=0.05)


def test_silence_counts() -> None:
    before = _p50_s(_busy(20), 20, 10)
    assert _p50_s(_busy(20), 20, 10, later_s=960) > 1.8 * before


def test_those_who_will_overtake_count() -> None:
    flow = _busy(20)
    before = _p50_s(flow, 20, 10)
    for _ in range(30):
        flow.joined(flow.at_ms + 10, 20, 10, URGENT)
    assert _p50_s(flow, 20, 10, URGENT) < before * 1.1 < 1.2 * before < _p50_s(flow, 20, 10)


def test_an_offer_that_came_back_does_not_count() -> None:
    flow, other = _busy(20), _busy(20)
    for one in (flow, other):
        one.left(one.at_ms, 19, 10, Left.OFFERED, 200.0, None)
    flow.returned(flow.at_ms, 20, 10, 200.0)
    assert flow.served == other.served - 1
    assert flow.ages_s == other.ages_s + 200.0


def test_a_snapshot_is_small_and_goes_on_alike() -> None:
    flow = _busy(20)
    packed = msgspec.msgpack.encode(flow)
    again = msgspec.msgpack.decode(packed, type=Flow)
    assert len(packed) < 250
    for one in (flow, again):
        one.left(one.at_ms + 1234, 19, 9, Left.GAVE_UP, 77.0, None)
    assert flow == again


@pytest.mark.parametrize("per_s", [0.01, 0.5])
@pytest.mark.parametrize("theta", [0.0, 1e-12, 1 / 600, 1 / 20])
@pytest.mark.parametrize("position", [1, 2, 10, 500])
def test_the_formula_is_near_the_sum(per_s: float, theta: float, position: int) -> None:
    found = wait(position, per_s, theta)
    rates = [per_s + ahead * theta for ahead in range(position)]
    assert found.mean_s == pytest.approx(sum(1 / rate for rate in rates), rel=0.05)
    assert found.variance == pytest.approx(sum(1 / rate**2 for rate in rates), rel=0.12)


def test_quantiles_of_a_gamma_distribution() -> None:
    assert quantiles(100.0, 1.0) == pytest.approx((69.3, 230.3), rel=0.02)  # exponential
    assert quantiles(100.0, 0.25) == pytest.approx((91.8, 167.0), rel=0.01)  # shape 4
