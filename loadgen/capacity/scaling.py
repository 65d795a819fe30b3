"""How capacity grows with instances: the Universal Scalability Law. Pure.

X(N) = γ·N / (1 + α·(N − 1) + β·N·(N − 1)): γ is what one instance does, α the part that waits for what is
shared (contention), β what instances cost each other (coherency). N. J. Gunther, Guerrilla Capacity Planning,
Springer 2007; its foundation: arXiv:0808.1431.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

_FAR = 2
"""Beyond so many times the most instances that were measured nothing is said without a warning."""


@dataclass(frozen=True)
class Scaling:
    """`measured` are the instances with their median capacity; `warnings` say what the fit can't know."""

    gamma: float
    alpha: float
    beta: float
    measured: tuple[tuple[int, float], ...]
    warnings: tuple[str, ...] = ()

    def capacity(self, instances: float) -> float:
        """Of so many instances."""
        n = instances
        return self.gamma * n / (1 + self.alpha * (n - 1) + self.beta * n * (n - 1))

    @property
    def peak(self) -> float:
        """The number beyond which more instances do less: √((1 − α) / β); infinite without coherency."""
        return math.sqrt((1 - self.alpha) / self.beta) if self.beta > 0 else math.inf

    @property
    def known_up_to(self) -> int:
        """So far the curve is supported by what was measured."""
        return _FAR * max(number for number, _ in self.measured)

    def needed(self, load: float) -> int | None:
        """The fewest instances with that capacity; None where no number has it."""
        last = math.floor(self.peak) if math.isfinite(self.peak) else 1_000_000
        if not load:
            return 1
        if self.capacity(max(last, 1)) < load:
            return None
        low, high = 1, max(last, 1)
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self.capacity(middle) >= load else (middle + 1, high)
        return low


def fit(runs: Mapping[int, Sequence[float]]) -> Scaling:
    """By instances, the capacities measured with so many. One number of instances is taken as linear, two
    give α alone, three or more both; the first two with a warning. Raises ValueError for no capacity."""
    medians = {number: float(np.median(of)) for number, of in sorted(runs.items()) if len(of)}
    if not medians or min(medians.values()) <= 0 or min(medians) < 1:
        raise ValueError("there is no capacity to go by")
    measured = tuple(medians.items())
    if len(medians) == 1:
        ((number, value),) = measured
        text = f"measured with {number} instance{'s'[: number > 1]} only: taken as linear, the best case"
        return Scaling(value / number, 0.0, 0.0, measured, (text,))
    if len(medians) == 2:
        text = "measured with two numbers of instances: contention is fitted, coherency taken as none"
        return _fitted(measured, with_beta=False, warnings=(text,))
    return _fitted(measured, with_beta=True, warnings=())


def _fitted(
    measured: tuple[tuple[int, float], ...], *, with_beta: bool, warnings: tuple[str, ...]
) -> Scaling:
    """Least squares of the relative errors."""
    n = np.array([number for number, _ in measured], float)
    x = np.array([value for _, value in measured], float)
    first = float((x / n).max())

    def wrong(guess: np.ndarray) -> np.ndarray:
        alpha, beta = guess[1], guess[2] if with_beta else 0.0
        told: np.ndarray = first * guess[0] * n / (1 + alpha * (n - 1) + beta * n * (n - 1)) / x - 1
        return told

    start, high = ([1.0, 0.02, 0.001], [np.inf, 1.0, 1.0]) if with_beta else ([1.0, 0.02], [np.inf, 1.0])
    found = least_squares(
        wrong, start, bounds=([1e-6, *[0.0] * (len(start) - 1)], high), xtol=1e-14, ftol=1e-14
    )
    gamma, alpha, *beta = (float(one) for one in found.x)
    off = float(np.abs(found.fun).max())
    if off > 0.1:
        warnings = (*warnings, f"the law misses a measured capacity by {off:.0%}")
    return Scaling(first * gamma, alpha, beta[0] if beta else 0.0, measured, warnings)
