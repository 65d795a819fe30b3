"""A platform of one stage in a few lines, with customers who come at given rates: for tests of admission."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from gateway.overload.admission import Admission, Signals
from gateway.overload.priority import KINDS, Kind
from gateway.overload.standing import Stages
from schemas.lag import Lag, PartitionLag

STEP_S = 0.01
TICK_STEPS = 10
Rates = Callable[[float], Mapping[Kind, float]]


class Second(NamedTuple):
    """What happened in one second; `waits_s` is how long the stage's queue was at its end."""

    asked: dict[Kind, int]
    admitted: dict[Kind, int]
    waits_s: float
    level: float
    budget: float | None

    @property
    def refused(self) -> int:
        return sum(self.asked.values()) - sum(self.admitted.values())


class Crowd:
    """The stage does `capacity` a second. What it tells is told twice a second, measured once a second and
    heard half a second later, if `probes`; else its queue is seen at once, as the gateway's own are."""

    def __init__(
        self, rates: Rates, capacity: Callable[[float], float], probes: Callable[[float], bool] | None
    ) -> None:
        self.admission = Admission(0.0)
        self._rates, self._capacity, self._probes = rates, capacity, probes
        self._stages = Stages({"stage": 3.0})
        self._came: list[float] = []
        self._done = self._told = 0.0
        self._owed = dict.fromkeys(KINDS, 0.0)
        self._measured: tuple[float, Lag] | None = None
        self._heard: float | None = None

    def run(self, seconds: int) -> list[Second]:
        """Second by second."""
        return [self._second(number) for number in range(seconds)]

    def _second(self, number: int) -> Second:
        asked, admitted = dict.fromkeys(KINDS, 0), dict.fromkeys(KINDS, 0)
        for step in range(round(1 / STEP_S)):
            now = number + (step + 1) * STEP_S
            self._come(now, asked, admitted)
            self._done = min(self._done + self._capacity(now) * STEP_S, len(self._came))
            self._measure(now, step)
            if (step + 1) % TICK_STEPS == 0:
                self.admission.tick(now, self._signals(now))
        return Second(asked, admitted, self._waits_s(now), self.admission.level, self.admission.budget)

    def _come(self, now: float, asked: dict[Kind, int], admitted: dict[Kind, int]) -> None:
        for kind, rate in self._rates(now).items():
            self._owed[kind] += rate * STEP_S
            while self._owed[kind] >= 1.0:
                self._owed[kind] -= 1.0
                asked[kind] += 1
                if self.admission.admit(kind):
                    admitted[kind] += 1
                    self._came.append(now)

    def _measure(self, now: float, step: int) -> None:
        if step % 50 == 0:
            self._told = self._done
        if self._probes is not None and step == 37 and self._probes(now):
            told = int(self._told)
            age_s = now - self._came[told] if told < len(self._came) else 0.0
            place = PartitionLag(
                group="stage",
                topic="t",
                partition=0,
                records=len(self._came) - told,
                seconds=age_s,
                next_offset=told,
            )
            self._measured = now + 0.5, Lag(at_ms=round(now * 1000), partitions=(place,))

    def _signals(self, now: float) -> Signals:
        if self._probes is None:
            return Signals(self._waits_s(now) / 0.1)
        news = None
        if self._measured is not None and now >= self._measured[0]:
            news, self._heard, self._measured = self._stages.hear(self._measured[1]), now, None
        return Signals(0.1, news, None if self._heard is None else now - self._heard < 4.0)

    def _waits_s(self, now: float) -> float:
        return (len(self._came) - self._done) / max(self._capacity(now), 1.0)
