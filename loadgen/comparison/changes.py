"""Since when a metric is another: change points in the history of its runs. Pure; the seed comes in.

E-divisive (Matteson and James, Journal of the American Statistical Association 109, 2014; as MongoDB's and
DataStax's performance tests use it): the split at which the energy distance of what is before and after is
greatest, kept where a permutation test says so, then the same in both parts. It asks for no normal
noise and no penalty.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from loadgen.comparison.differ import ALPHA, MATTERS

LEAST_PART = 5
"""Runs on each side of a change."""
SHUFFLES = 999
_AT_ONCE = 2_000_000

Floats = NDArray[np.float64]


class ChangePoint(NamedTuple):
    """The first run of the new level, by its number; the medians of the parts; the permutation test's p."""

    at: int
    before: float
    after: float
    p: float

    @property
    def ratio(self) -> float | None:
        """None where it was zero."""
        return self.after / self.before if self.before else None


def change_points(
    values: Sequence[float],
    seed: int,
    floor: float = 1e-6,
    alpha: float = ALPHA,
    shuffles: int = SHUFFLES,
) -> list[ChangePoint]:
    """Those above MATTERS, the oldest first. A history without change has one with a chance of `alpha`."""
    known = np.maximum(np.asarray(values, float), floor)
    found = sorted(_split(np.log(known), 0, _Test(np.random.default_rng(seed), alpha, shuffles)))
    bounds = [0, *(at for at, _ in found), len(known)]
    points = []
    for number, (at, p) in enumerate(found):
        parts = slice(bounds[number], at), slice(at, bounds[number + 2])
        medians = [float(np.median(known[part])) for part in parts]
        if abs(medians[1] / medians[0] - 1) > MATTERS:
            raw = [float(np.median(np.asarray(values, float)[part])) for part in parts]
            points.append(ChangePoint(at, raw[0], raw[1], p))
    return points


class _Test(NamedTuple):
    rng: np.random.Generator
    alpha: float
    shuffles: int


def _split(logs: Floats, offset: int, test: _Test) -> list[tuple[int, float]]:
    count = logs.size
    if count < 2 * LEAST_PART or np.ptp(logs) < 1e-9:
        return []
    distances = np.abs(logs[:, None] - logs[None, :])
    energies = _energies(distances[None])[0]
    best = int(np.argmax(energies))
    at_least, batch = 0, max(1, _AT_ONCE // count**2)
    for begun in range(0, test.shuffles, batch):
        rows = min(batch, test.shuffles - begun)
        order = test.rng.permuted(np.tile(np.arange(count), (rows, 1)), axis=1)
        shuffled = distances[order[:, :, None], order[:, None, :]]
        at_least += int(np.sum(_energies(shuffled).max(axis=1) >= energies[best] - 1e-12))
    p = (1 + at_least) / (1 + test.shuffles)
    if p > test.alpha:
        return []
    at = best + LEAST_PART
    left, right = _split(logs[:at], offset, test), _split(logs[at:], offset + at, test)
    return [*left, (offset + at, p), *right]


def _energies(distances: Floats) -> Floats:
    """For each matrix of distances, in order, the energy of each split that leaves LEAST_PART runs a side.

    m n / (m + n) · (2 E|X − Y| − E|X − X′| − E|Y − Y′|), sums of rows and columns instead of pairs.
    """
    count = distances.shape[1]
    cuts = np.arange(LEAST_PART, count - LEAST_PART + 1)
    inside = 2 * np.cumsum(np.triu(distances, 1).sum(axis=1), axis=1)
    reached = np.cumsum(distances.sum(axis=2), axis=1)
    left = inside[:, cuts - 1]
    across = reached[:, cuts - 1] - left
    right = reached[:, -1:] - left - 2 * across
    m, n = cuts, count - cuts
    energies: Floats = m * n / count * (2 * across / (m * n) - left / m**2 - right / n**2)
    return energies
