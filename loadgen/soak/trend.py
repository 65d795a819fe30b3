"""The slope of a noisy series with its interval. Pure."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import theilslopes

HOUR_S = 3600.0
_LEAST = 5
_MOST_ALIKE = 0.9


class Trend(NamedTuple):
    """Units an hour: the slope, and the ends of its 95 % interval; `at_end` is the line's value at the last
    sample."""

    per_h: float
    low: float
    high: float
    at_end: float

    def after(self, hours: float) -> tuple[float, float, float]:
        """The line that much later: its value, and what the interval's two slopes make of it."""
        return (
            self.at_end + self.per_h * hours,
            self.at_end + self.low * hours,
            self.at_end + self.high * hours,
        )


def trend(
    seconds: Sequence[float], values: Sequence[float], warm_up_s: float, block_s: float = 60.0
) -> Trend:
    """Of what was sampled after `warm_up_s`.

    Theil and Sen's slope over the medians of blocks: samples of a process depend on their neighbours, and an
    interval that takes them as independent is too narrow. Where blocks are alike, too, it is wider. Memory
    grows in steps, so the interval is at least what one step of the noise, from one end to the other, would
    make. Raises ValueError for fewer than five blocks.
    """
    times, known = np.asarray(seconds, float), np.asarray(values, float)
    keep = (times >= warm_up_s) & ~np.isnan(known)
    times, known = times[keep], known[keep]
    number = np.floor((times - warm_up_s) / block_s)
    blocks = np.unique(number)
    if blocks.size < _LEAST:
        raise ValueError(
            f"{blocks.size} blocks of {block_s:g} s after a warm-up of {warm_up_s:g} s; {_LEAST} are needed"
        )
    middles = np.array([times[number == block].mean() for block in blocks]) / HOUR_S
    medians = np.array([np.median(known[number == block]) for block in blocks])
    found = theilslopes(medians, middles)
    rest = medians - found.slope * middles
    wider = _widened(rest)
    noise = 1.4826 * float(np.median(np.abs(rest - np.median(rest)))) / float(middles[-1] - middles[0])
    at_end = float(np.median(rest)) + found.slope * float(times[-1]) / HOUR_S
    low = found.slope - max((found.slope - found.low_slope) * wider, noise)
    high = found.slope + max((found.high_slope - found.slope) * wider, noise)
    return Trend(float(found.slope), _known(low), _known(high), at_end)


def _widened(rest: np.ndarray) -> float:
    """How much wider an interval is where neighbours are alike: as if there were n (1 - r) / (1 + r) blocks,
    r being the correlation of neighbours (Bartlett, 1946), corrected for its bias in short series (Kendall,
    1954)."""
    centred = rest - rest.mean()
    whole = float(centred @ centred)
    if whole <= 0:
        return 1.0
    found = float(centred[1:] @ centred[:-1]) / whole
    r = min(max(found + (1 + 4 * found) / rest.size, 0.0), _MOST_ALIKE)
    return math.sqrt((1 + r) / (1 - r))


def _known(value: float) -> float:
    return float(value) if math.isfinite(value) else 0.0
