"""When things arrive at a changing rate: exact times from the integral of the rate. Pure."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Stage(NamedTuple):
    """`seconds` over which the rate goes in a straight line from `start` to `end`, both a second."""

    seconds: float
    start: float
    end: float

    @property
    def total(self) -> float:
        """How many arrive in this stage: the integral of its rate."""
        return self.seconds * (self.start + self.end) / 2

    def when(self, arrived: float) -> float:
        """The time in this stage, in seconds, at which the integral reaches `arrived` (0 to `total`).

        Solves start·t + slope·t²/2 = arrived in the form that does not cancel for small slopes.
        """
        if arrived <= 0:
            return 0.0
        slope = (self.end - self.start) / self.seconds
        root = math.sqrt(max(self.start**2 + 2 * slope * arrived, 0.0))
        if self.start + root == 0.0:  # the product was too small for a float
            return min(math.sqrt(arrived / slope) * math.sqrt(2), self.seconds) if slope else self.seconds
        return min(2 * arrived / (self.start + root), self.seconds)


def constant(rate: float, seconds: float) -> Stage:
    """A stage of one rate."""
    return Stage(seconds, rate, rate)


def arrivals(stages: Sequence[Stage]) -> Iterator[float]:
    """The times in seconds from the beginning at which the integral of the rate reaches 0, 1, 2, …

    Raises ValueError for a negative rate or a stage without a duration.
    """
    began, before, due = 0.0, 0.0, 0
    for stage in stages:
        if stage.seconds <= 0 or stage.start < 0 or stage.end < 0:
            raise ValueError(f"{stage}: the duration must be above 0 and the rates not below 0")
        while due < before + stage.total:
            yield began + stage.when(due - before)
            due += 1
        began += stage.seconds
        before += stage.total
