"""Which requests are admitted: a budget of requests a second follows what the platform gets done. Pure.

As the budget is a rate and no share, nothing is refused any more as soon as less is asked than that; and as
it is dealt out from the highest class down, one class at the most is admitted in part.
"""

from collections import deque
from typing import NamedTuple

from gateway.overload.budgets import LEAST_PER_S, OwnBudget, StageBudget
from gateway.overload.priority import KINDS, Kind
from gateway.overload.shares import shares
from gateway.overload.standing import WINDOW_S, Standing

_SMOOTH_S = 0.5
_STANDING_TICKS = 3
"""A delay counts when it stands for so many ticks: one slow moment is no overload (as in CoDel)."""

_KEEPS = ((6.0, None), (3.0, Kind.AGENT), (0.0, Kind.RUNNING))
"""From which pressure on which class is the lowest that is served whole in any case."""

_OWN_PART = 0.4
"""The gateway's own targets are a fraction of what hurts whoever is served."""

_STRICT = 2.0
_USUAL_S = 10.0
_STALE_PART, _STALE_S = 0.5, 10.0


class Signals(NamedTuple):
    """What is known at a tick. `pressure` is the worst of the gateway's own signals over its target; `news`
    is a measurement of the stages that has come since the tick before; `fresh` is False where the last one
    is too old, and None where there never was one."""

    pressure: float
    news: Standing | None = None
    fresh: bool | None = None


class Admission:
    """Asked for each request; `tick` ten times a second. Seconds, of any steady clock."""

    def __init__(self, now: float) -> None:
        self.budget: float | None = None
        """Requests a second of all classes together; None where there is no limit."""

        self.level = 0.0
        """The part of what is asked that is refused."""

        self._ticked = now
        self._arrived = [0] * len(KINDS)
        self._credit = [0.0] * len(KINDS)
        self._shares = [1.0] * len(KINDS)
        self._rates = [0.0] * len(KINDS)
        self._admitted = 0
        self._window: deque[tuple[float, int]] = deque([(now, 0)])
        self._recent: deque[float] = deque([0.0] * _STANDING_TICKS, _STANDING_TICKS)
        self._own = OwnBudget()
        self._stages = StageBudget()
        self._usual_per_s = 0.0
        self._stale_since: float | None = None

    def admit(self, kind: Kind, has_room: bool = True) -> bool:
        """Whether this request is served; of a class in part, evenly spread. Without room it only counts as
        asked."""
        self._arrived[kind] += 1
        if not has_room:
            return False
        share = self._shares[kind]
        if share < 1.0:
            credit = self._credit[kind] + share
            if credit < 1.0:
                self._credit[kind] = credit
                return False
            self._credit[kind] = credit - 1.0
        self._admitted += 1
        return True

    def tick(self, now: float, signals: Signals) -> None:
        """Moves the budgets and deals the smaller one out."""
        passed_s = now - self._ticked
        if passed_s <= 0:
            return
        self._ticked = now
        lately, mean = self._count(now, passed_s)
        own = self._standing(signals)
        self._own.move(passed_s, own, lately, self._usual_per_s)
        if signals.news is not None:
            self._stages.hear(signals.news, mean)
        self._stages.pass_time(passed_s, self._usual_per_s)
        asked = sum(self._rates)
        for budget in (self._own, self._stages):
            budget.end_if_loose(passed_s, asked)
        stale = self._stale_limit(now, passed_s, signals.fresh, lately)
        limits = [limit for limit in (self._own.per_s, self._stages.per_s, stale) if limit is not None]
        self.budget = min(limits, default=None)
        self._deal(max(own * _OWN_PART, self._stages.pressure))

    def _count(self, now: float, passed_s: float) -> tuple[float, float]:
        """Takes the arrivals since the last tick into the rates. Returns what is admitted a second: lately,
        and over the window of the stages' measurements."""
        weight = min(passed_s / _SMOOTH_S, 1.0)
        for kind in KINDS:
            rate = self._arrived[kind] / passed_s
            # A step up counts at once: by the mean, too much would be admitted until that has followed.
            self._rates[kind] = max(rate, self._rates[kind] + weight * (rate - self._rates[kind]))
            self._arrived[kind] = 0
        self._window.append((now, self._admitted))
        while now - self._window[1][0] >= WINDOW_S:
            self._window.popleft()
        began, before = self._window[0]
        lately = sum(rate * share for rate, share in zip(self._rates, self._shares, strict=True))
        return lately, (self._admitted - before) / (now - began)

    def _standing(self, signals: Signals) -> float:
        """The gateway's own pressure, as far as it stands; stricter while the stages' is old."""
        self._recent.append(signals.pressure * _STRICT if signals.fresh is False else signals.pressure)
        return min(self._recent)

    def _stale_limit(self, now: float, passed_s: float, fresh: bool | None, lately: float) -> float | None:
        """Without news of the stages no more is admitted than was usual before, and soon half of it."""
        if fresh is not False:
            self._stale_since = None
            if self.level == 0.0:
                self._usual_per_s += min(passed_s / _USUAL_S, 1.0) * (lately - self._usual_per_s)
            return None
        if self._stale_since is None:
            self._stale_since = now
        part = 1.0 - (1.0 - _STALE_PART) * min((now - self._stale_since) / _STALE_S, 1.0)
        return max(self._usual_per_s * part, LEAST_PER_S)

    def _deal(self, pressure: float) -> None:
        if self.budget is None:
            self._shares = [1.0] * len(KINDS)
            self.level = 0.0
            return
        keep = next(kind for least, kind in _KEEPS if pressure >= least)
        self._shares = shares(self._rates, self.budget, keep)
        asked = sum(self._rates)
        served = sum(rate * share for rate, share in zip(self._rates, self._shares, strict=True))
        self.level = 1.0 - served / asked if asked else 0.0
