"""The rule of autoscaling: bounds, windows, steps, and what it does not do."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.scaling.rule import Memory, Rule, Seen, decide, recommend

RULE = Rule(partitions=8, target_lag_s=3.0, down_window_s=60.0, settle_s=10.0, up_step=8)


def seen(
    at_s: float = 0.0, lag_s: float = 0.0, workers: int = 1, backlog: int = 0, per_s: float = 0.0
) -> Seen:
    return Seen(at_s, lag_s, backlog, per_s, workers)


@pytest.mark.parametrize(
    ("lag_s", "workers", "wanted"),
    [
        (0.0, 2, 1),
        (3.0, 2, 2),
        (3.29, 2, 2),  # within the tolerance
        (3.31, 2, 3),
        (6.0, 2, 4),
        (60.0, 2, 8),  # as many as there are partitions
        (2.8, 2, 2),
        (1.5, 2, 1),
    ],
)
def test_without_a_known_throughput_it_is_the_algorithm_of_the_horizontal_pod_autoscaler(
    lag_s: float, workers: int, wanted: int
) -> None:
    assert recommend(RULE, seen(lag_s=lag_s, workers=workers)) == wanted


@pytest.mark.parametrize(
    ("lag_s", "backlog", "per_s", "workers", "wanted"),
    [
        (0.0, 0, 2_500.0, 3, 3),  # no lag, but what comes needs three
        (0.0, 0, 900.0, 3, 1),
        (10.0, 60_000, 1_000.0, 1, 2),  # 1,000 that come and 1,000 of the backlog
        (10.0, 0, 0.0, 3, 4),  # late whatever the estimate says
        (1.0, 60_000, 1_000.0, 1, 1),  # many records, none of them old
    ],
)
def test_a_known_throughput_decides_how_many(
    lag_s: float, backlog: int, per_s: float, workers: int, wanted: int
) -> None:
    rule = replace(RULE, per_worker_per_s=1_000.0, catch_up_s=60.0)
    assert recommend(rule, seen(0.0, lag_s, workers, backlog, per_s)) == wanted


def test_up_it_goes_at_once_and_by_its_step() -> None:
    rule = replace(RULE, up_step=2)
    assert decide(rule, Memory(), seen(lag_s=60.0)).workers == 3


def test_up_waits_for_a_window_in_which_all_agree() -> None:
    rule = replace(RULE, up_window_s=20.0)
    calm = decide(rule, Memory(), seen(0.0))
    first = decide(rule, calm.memory, seen(10.0, 6.0))
    assert (first.workers, first.reason) == (1, "stabilising")
    assert decide(rule, first.memory, seen(31.0, 6.0)).workers == 2


def test_down_it_goes_one_at_a_time_after_a_whole_window_of_calm() -> None:
    memory, workers, changes = Memory(), 3, []
    for at_s in range(0, 200, 5):
        decision = decide(RULE, memory, seen(at_s, 6.0 if at_s == 0 else 0.0, workers))
        if at_s == 0:
            assert decision.workers == 6
            memory = decision.memory
            workers = 6
            continue
        if decision.workers != workers:
            changes.append((at_s, decision.workers))
        memory, workers = decision.memory, decision.workers
    assert changes[0] == (65, 5)
    assert [count for _, count in changes] == [5, 4, 3, 2, 1]
    assert all(b - a >= 10 for (a, _), (b, _) in pairwise(changes))


def test_one_that_was_just_started_takes_nobody_away() -> None:
    assert decide(RULE, Memory(), seen(0.0, workers=5)).workers == 5


def test_while_partitions_move_nothing_is_changed() -> None:
    up = decide(RULE, Memory(), seen(0.0, 6.0, 1))
    assert up.workers == 2
    settling = decide(RULE, up.memory, seen(9.0, 30.0, 2))
    assert (settling.workers, settling.reason) == (2, "settling")
    assert decide(RULE, settling.memory, seen(10.0, 30.0, 2)).workers == 8


def test_who_died_is_replaced_even_then() -> None:
    up = decide(RULE, Memory(), seen(0.0, 6.0, 1))
    assert decide(RULE, up.memory, seen(1.0, 0.0, 0)).workers == 1


@pytest.mark.parametrize("wrong", [{"least": 0}, {"least": 9}, {"target_lag_s": 0.0}, {"up_step": 0}])
def test_a_rule_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"ha(s|ve) to be"):
        replace(RULE, **wrong)  # type: ignore[arg-type]


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 10**9), st.floats(0, 1e9)), max_size=50),
    st.integers(0, 20),
    st.sampled_from([0.0, 1_000.0]),
)
def test_whatever_comes_it_stays_within_its_bounds(
    found: list[tuple[float, int, float]], workers: int, per_worker: float
) -> None:
    rule, memory = replace(RULE, least=2, most=5, per_worker_per_s=per_worker), Memory()
    for number, (lag_s, backlog, per_s) in enumerate(found):
        decision = decide(rule, memory, Seen(number * 5.0, lag_s, backlog, per_s, workers))
        memory, workers = decision.memory, decision.workers
        assert 2 <= workers <= 5
        assert len(memory.recommended) <= 13
