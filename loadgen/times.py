"""Distributions of durations: handling times, think times, patience. Pure."""

import math
from dataclasses import dataclass
from random import Random

_SHAPES = ("fixed", "uniform", "exponential", "lognormal")


@dataclass(frozen=True)
class Duration:
    """Seconds drawn from `shape`.

    fixed: `a`; uniform: `a` to `b`; exponential: mean `a`; lognormal: median `a`, sigma `b` (handling
    times in contact centers fit it well; Brown et al., 2005, JASA 100). No draw exceeds 20 times `a`.
    """

    shape: str
    a: float
    b: float = 0.0

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Reads `lognormal:30:0.7`, `uniform:1:2`, `fixed:3` or a plain number. Raises ValueError."""
        shape, *numbers = text.split(":") if ":" in text else ("fixed", text)
        if shape not in _SHAPES or len(numbers) != (2 if shape in ("uniform", "lognormal") else 1):
            raise ValueError(f"{text!r} is none of {', '.join(_SHAPES)} with its numbers")
        values = [float(number) for number in numbers]
        if min(values) < 0:
            raise ValueError(f"{text!r}: below 0")
        return cls(shape, *values)

    @property
    def mean(self) -> float:
        """The mean in seconds, where no draw is cut off."""
        if self.shape == "uniform":
            return (self.a + self.b) / 2
        return self.a * math.exp(self.b**2 / 2) if self.shape == "lognormal" else self.a

    def draw(self, rng: Random) -> float:
        """One duration in seconds."""
        if self.shape == "fixed" or not self.a:
            return self.a
        if self.shape == "uniform":
            return rng.uniform(self.a, self.b)
        if self.shape == "exponential":
            return min(rng.expovariate(1 / self.a), 20 * self.a)
        return min(rng.lognormvariate(math.log(self.a), self.b), 20 * self.a)
