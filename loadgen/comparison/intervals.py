"""Intervals for few runs. Pure; randomness comes in."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

_DRAWS = 10_000


class Interval(NamedTuple):
    """`low` to `high` around `value`, at the level that it was asked for."""

    value: float
    low: float
    high: float


def bootstrap_median(values: Sequence[float], seed: int, level: float = 0.95) -> Interval:
    """The median with its percentile bootstrap interval (Efron, 1979). Raises ValueError for no values."""
    if not values:
        raise ValueError("no values")
    known = np.asarray(values, float)
    rng = np.random.default_rng(seed)
    medians = np.median(rng.choice(known, (_DRAWS, known.size)), axis=1)
    low, high = np.quantile(medians, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(np.median(known)), float(low), float(high))
