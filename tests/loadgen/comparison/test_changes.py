"""Change points in histories whose truth is known: log-normal noise of 5 %, 30 runs."""

import numpy as np
import pytest

from loadgen.comparison.changes import LEAST_PART, change_points

TIMES, RUNS, NOISE, SHUFFLES = 100, 30, 0.05, 199


def _history(rng: np.random.Generator, step_at: int | None = None, step: float = 1.2) -> list[float]:
    values = 100 * np.exp(rng.normal(0, NOISE, RUNS))
    if step_at is not None:
        values[step_at:] *= step
    return [float(one) for one in values]


def test_a_steady_history_seldom_has_a_change() -> None:
    seed = 21
    rng = np.random.default_rng(seed)
    histories = rng.normal(100, 30, (TIMES, RUNS))
    alarms = sum(bool(change_points(one.tolist(), seed, shuffles=SHUFFLES)) for one in histories)
    print(f"seed {seed}: {alarms} of {TIMES}")
    assert alarms <= 0.05 * TIMES


@pytest.mark.parametrize("step_at", [LEAST_PART + 1, 15, RUNS - LEAST_PART])
def test_a_step_of_a_fifth_is_found_where_it_is(step_at: int) -> None:
    seed = 22
    rng = np.random.default_rng(seed)
    found = [change_points(_history(rng, step_at), seed, shuffles=SHUFFLES) for _ in range(TIMES // 2)]
    right = sum(len(points) == 1 and abs(points[0].at - step_at) <= 1 for points in found)
    print(f"seed {seed}, step at {step_at}: {right} of {len(found)}")
    assert right >= 0.9 * len(found)


def test_two_steps_are_two_changes() -> None:
    values = [100.0, 101, 99, 100, 102, 98] * 2 + [150.0, 151, 149, 148] * 3 + [100.0, 101, 99, 98] * 3
    points = change_points(values, seed=1)
    assert [point.at for point in points] == [12, 24]
    assert [round(point.ratio or 0, 2) for point in points] == [1.5, 0.67]


def test_what_is_too_short_constant_or_small_has_no_change() -> None:
    assert change_points([1.0] * 4 + [9.0] * 5, seed=1) == []
    assert change_points([0.0] * 30, seed=1) == []
    assert change_points([100.0, 100.1] * 6 + [105.0, 105.1] * 6, seed=1) == []


def test_errors_that_came_up_are_a_change_from_zero() -> None:
    (point,) = change_points([0.0] * 10 + [0.05, 0.06] * 5, seed=1, floor=0.001)
    assert (point.at, point.before, point.ratio) == (10, 0.0, None)
