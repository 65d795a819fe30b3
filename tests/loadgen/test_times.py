"""Distributions of durations."""

from collections.abc import Callable
from random import Random
from statistics import fmean, median

import pytest

from loadgen.times import Duration


@pytest.mark.parametrize(
    ("text", "middle", "expected"),
    [
        ("2", median, 2),
        ("fixed:0", median, 0),
        ("uniform:1:3", fmean, 2),
        ("exponential:2", fmean, 2),
        ("lognormal:30:0.7", median, 30),
    ],
)
def test_draws(text: str, middle: Callable[[list[float]], float], expected: float) -> None:
    rng = Random(5)
    draws = [Duration.parse(text).draw(rng) for _ in range(20_000)]
    assert middle(draws) == pytest.approx(expected, rel=0.03)
    assert fmean(draws) == pytest.approx(Duration.parse(text).mean, rel=0.03)
    assert max(draws) <= max(20 * Duration.parse(text).a, Duration.parse(text).b)


@pytest.mark.parametrize("text", ["", "gauss:1", "uniform:1", "fixed:x", "fixed:-1", "lognormal:1:2:3"])
def test_others_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Duration.parse(text)
