"""A leak is found, and what does not leak is not accused."""

import math
from random import Random

import pytest

from loadgen.soak import Trend, trend

MINUTES = 30
WARM_UP_S = 600.0
LEAK, LIMIT = 20.0, 10.0
TIMES = 200


def _memory(seed: int, per_h: float) -> Trend:
    """Megabytes each second of a process that grows at first, is collected at times, and leaks `per_h`."""
    rng = Random(seed)
    collected, values = 0.0, []
    for at in range(MINUTES * 60):
        collected = 0.0 if rng.random() < 0.02 else min(collected + rng.uniform(0, 0.05), 2.0)
        values.append(80 + 15 * (1 - math.exp(-at / 120)) + collected + per_h * at / 3600 + rng.gauss(0, 0.1))
    return trend(range(MINUTES * 60), values, WARM_UP_S)


def test_a_leak_is_found_and_the_interval_holds_it() -> None:
    found = [_memory(seed, LEAK) for seed in range(TIMES)]
    assert all(one.low > 0 and one.high > LIMIT for one in found)
    assert sum(one.low <= LEAK <= one.high for one in found) >= 0.9 * TIMES


def test_a_flat_process_is_not_accused() -> None:
    found = [_memory(seed, 0.0) for seed in range(TIMES)]
    assert all(one.high < LIMIT for one in found)
    assert sum(one.low <= 0 <= one.high for one in found) >= 0.9 * TIMES


def test_goes_on_as_a_line() -> None:
    line = trend(range(1200), [100 + at / 360 for at in range(1200)], 0.0)
    assert line.per_h == pytest.approx(10.0)
    value, low, high = line.after(12)
    assert value == pytest.approx(100 + 1199 / 360 + 120, abs=0.1)
    assert low <= value <= high


def test_what_does_not_change_has_no_slope() -> None:
    assert trend(range(600), [5.0] * 600, 0.0).per_h == 0.0


def test_too_little_is_said_so() -> None:
    with pytest.raises(ValueError, match="blocks"):
        trend(range(700), [1.0] * 700, WARM_UP_S)
