"""When the load was above the baseline: spikes, told from what was offered. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Episode(NamedTuple):
    """One spike. `t0` is the first second above, `t1` the first one after it that is not, `end` the
    second where what can be seen of it ends: the next spike, or the run's end."""

    t0: int
    t1: int
    end: int
    peak: float


def episodes(offered: Sequence[float], rate: float, leave: float = 1.1, apart_s: int = 10) -> list[Episode]:
    """All stretches above `leave` times `rate`; those less than `apart_s` apart are one. A load that
    never comes back has `t1` at the end."""
    load = np.asarray(offered, float)
    above = np.flatnonzero(load > leave * rate)
    if not above.size:
        return []
    breaks = np.flatnonzero(np.diff(above) > apart_s)
    firsts = above[np.concatenate(([0], breaks + 1))]
    lasts = above[np.concatenate((breaks, [above.size - 1]))]
    ends = [*firsts[1:], load.size]
    return [
        Episode(int(t0), int(last) + 1, int(end), float(load[t0 : last + 1].max()))
        for t0, last, end in zip(firsts, lasts, ends, strict=True)
    ]
