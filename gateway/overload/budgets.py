"""Two budgets of requests a second, by what the gateway and the stages behind it say: pure.

A budget is None while there is no limit, begins at what is being admitted when it is first needed, and ends
when for some seconds much less was asked.
"""

from gateway.overload.standing import Standing

_CUT, _MOST_CUT = 0.5, 0.3
_FALLS = 0.98
_GROW, _EAGER, _EAGER_S = 0.1, 0.3, 4.0
"""By which part a budget grows a second, and to what this comes when all is well for some seconds."""

_BACK_S = 2.0
"""In about so long it is back at what is usual, from wherever."""

_BUSY = 0.5
_GAIN = 0.4
"""A stage's queue changes by the difference of what comes and what is done, seconds after a decision: with
more than about 0.5 for a target of 3 s it would swing."""

_LEAST_PART = 0.3
_LOOSE, _OPEN_S = 2.0, 3.0
LEAST_PER_S = 100.0
"""The gateway itself can do that on any machine, however late it is."""

LEAST_OF_STAGES_PER_S = 20.0
"""So much is always passed on: a trickle is no overload, and where little comes it is the start, the restart
or the takeover of a stage that makes it late."""


class Budget:
    """What both have in common: growth, and the end of the limit."""

    def __init__(self) -> None:
        self.per_s: float | None = None
        self._well_s = 0.0
        self._loose_s = 0.0

    def set(self, per_s: float) -> None:
        """Limits to this."""
        self.per_s = per_s
        self._well_s = 0.0

    def grow(self, passed_s: float, pressure: float, usual: float) -> None:
        """By less the nearer the target is. `usual` a second is what was admitted before all this."""
        if self.per_s is None:
            return
        self._well_s += passed_s
        rate = _GROW + (_EAGER - _GROW) * min(self._well_s / _EAGER_S, 1.0)
        usual = max(usual, LEAST_PER_S)
        back = usual / _BACK_S if self.per_s < usual else 0.0
        self.per_s += max(rate * self.per_s, back) * max(1.0 - pressure, 0.0) * passed_s

    def end_if_loose(self, passed_s: float, asked: float) -> None:
        """`asked` a second is what came in of all classes."""
        if self.per_s is None or self.per_s < _LOOSE * asked:
            self._loose_s = 0.0
            return
        self._loose_s += passed_s
        if self._loose_s >= _OPEN_S:
            self.per_s = None
            self._loose_s = 0.0


class OwnBudget(Budget):
    """By the gateway's own signals. They say at once what a step did, so steps are many and small."""

    def __init__(self) -> None:
        super().__init__()
        self._before = 0.0

    def move(self, passed_s: float, pressure: float, admitted: float, usual: float) -> None:
        """`pressure` is the worst signal over its target. Above 1 it is cut, but not while it falls: what was
        taken in before has to be done first."""
        falls, self._before = pressure < self._before * _FALLS, pressure
        if pressure <= 1.0:
            self.grow(passed_s, pressure, usual)
        elif not falls:
            base = admitted if self.per_s is None else min(self.per_s, admitted)
            self.set(max(base * (1.0 - min(_CUT * pressure * passed_s, _MOST_CUT)), LEAST_PER_S))


class StageBudget(Budget):
    """By the stages. They say seconds later what a step did, so each measurement sets it anew: to what the
    worst stage gets done, and a little less or more as its queue is to become shorter or may be longer."""

    def __init__(self) -> None:
        super().__init__()
        self._pressure = 0.0

    @property
    def pressure(self) -> float:
        """As last measured."""
        return self._pressure

    def hear(self, news: Standing, admitted: float) -> None:
        """`admitted` a second is the mean over the measurement's window."""
        # What is always seen of a stage, however little it has to do, holds up no growth.
        before, self._pressure = self._pressure, news.pressure if news.seen else min(news.pressure, _BUSY / 2)
        # One late measurement is the start, the restart or the takeover of a stage: it has to stand.
        begins = news.late and min(before, news.pressure) > 1.0
        if begins if self.per_s is None else self._pressure > _BUSY:
            done = admitted * news.pace
            part = max(1.0 + _GAIN * (1.0 - news.pressure), _LEAST_PART)
            self.set(max(done * part, LEAST_OF_STAGES_PER_S))

    def pass_time(self, passed_s: float, usual: float) -> None:
        """Where no stage is busy, what it could get done is not known, and it grows."""
        if self._pressure <= _BUSY:
            self.grow(passed_s, self._pressure, usual)
