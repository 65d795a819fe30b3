"""How long it takes until nobody is ahead, by formula, and when customers hear of it again: pure.

With k contacts ahead, somebody leaves at rate r + k·θ: r leave to agents, each of the k gives up at θ. So the
wait at position p is a sum of exponential times, the queue-length estimator with abandonment (QL_m) of
R. Ibrahim and W. Whitt, "Real-time delay estimation in overloaded multiserver queues with abandonments",
Management Science 55 (2009).
"""

from math import log1p, sqrt
from typing import NamedTuple

import msgspec

_Z90 = 1.2815515655446004
TELL_EVERY_S = 10.0
_POSITION, _SHARE, _SECONDS = 0.1, 0.2, 5.0


class Estimate(NamedTuple):
    """Half of those who wait wait at most `p50_s` from now on, nine in ten at most `p90_s`."""

    p50_s: float
    p90_s: float


class Spread(NamedTuple):
    """Mean of a time, and its variance."""

    mean_s: float
    variance: float


def wait(position: float, per_s: float, theta: float) -> Spread:
    """Of the wait at `position` (from 1), where `per_s` leave to agents and each one ahead gives up at the
    rate `theta`: the sums of 1/(r + kθ) and of its square for k below `position`, as integrals but for the
    first term."""
    ahead, rate = position - 1, per_s + theta / 2
    if ahead * theta < 1e-9 * per_s:
        return Spread(position / per_s, position / per_s**2)
    mean_s = 1 / per_s + log1p(ahead * theta / rate) / theta
    return Spread(mean_s, 1 / per_s**2 + ahead / (rate * (rate + ahead * theta)))


def quantiles(mean_s: float, relative_variance: float, widened: float = 1.0) -> Estimate:
    """Of a gamma distribution, by E. B. Wilson and M. M. Hilferty (1931): the cube root is nearly normal.
    `widened` moves the p90 away from the p50."""
    center, deviation = 1 - relative_variance / 9, sqrt(relative_variance) / 3
    p50_s, p90_s = mean_s * center**3, mean_s * (center + widened * _Z90 * deviation) ** 3
    return Estimate(round(p50_s, 1), round(p90_s, 1))


class Told(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a customer was told last, when, and whether the estimate had become longer (1) or shorter (-1)."""

    position: int
    estimate_s: float | None
    at_ms: int
    turned: int = 0


def worth_telling(told: Told | None, position: int, estimate_s: float | None, now_ms: int) -> Told | None:
    """What to tell one who waits now; None: nothing worth it.

    At most every TELL_EVERY_S: a position that is a tenth better, or an estimate that is off what was told,
    counted down since, by 20 % and 5 s. Off by less, the countdown is told on; to turn from longer to shorter
    or back it takes twice as much. So what a customer sees does not go up and down.
    """
    if told is None:
        return Told(position, estimate_s, now_ms)
    passed_s = (now_ms - told.at_ms) / 1000
    if passed_s < TELL_EVERY_S:
        return None
    turned, shown_s = told.turned, None
    if estimate_s is not None and told.estimate_s is not None:
        shown_s = max(0.0, told.estimate_s - passed_s)
        turned = _turn(shown_s, estimate_s, told.turned)
    better = told.position - position >= max(1.0, _POSITION * told.position)
    if turned or shown_s is None:
        shown_s = estimate_s
    differs = turned != 0 or (estimate_s is None) != (told.estimate_s is None)
    return Told(position, shown_s, now_ms, turned or told.turned) if better or differs else None


def _turn(shown_s: float, estimate_s: float, before: int) -> int:
    """1 or -1 where the estimate is far enough above or below what is shown, else 0."""
    by_s = estimate_s - shown_s
    direction = 1 if by_s > 0 else -1
    times = 2 if direction == -before else 1
    far = abs(by_s) >= times * max(_SECONDS, _SHARE * shown_s)
    return direction if far else 0
