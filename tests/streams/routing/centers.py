"""A small simulated contact center, for judging estimates: seeded, event by event, without a pool.

One queue is judged; another one may share its agents. For each contact that has to wait, the time that it
would have waited had it been patient for ever is found: one that gave up leaves a ghost in the line, which
is served when an agent would have taken it, while everybody else does as they do.
"""

import heapq
import random
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import log, sqrt
from typing import NamedTuple

from streams.routing.estimates import Flow, Left
from streams.routing.waits import Estimate, quantiles, wait

HANDLING_S, PATIENCE_S, AGING_S = 300.0, 600.0, 60.0
JUDGED_FROM_S, STEP_S, STEP_END_S, JUDGED_TO_S, OVER_S = 9_000.0, 10_800.0, 12_000.0, 15_000.0, 18_600.0
"""Three hours of a normal load, twenty minutes of the step, then fifty minutes of a normal load; those are
judged who come from half an hour before the step on."""
URGENT, NORMAL = 3, 5
_REMEMBERED = 64


class Scenario(NamedTuple):
    """`load` is arrivals × handling time ÷ agents. From STEP_S to STEP_END_S arrivals come `surge` times as
    often, and `lost` of the agents are away. Spreads are standard deviations over means of lognormal times;
    0 stands for exponential ones. `urgent` is the share of contacts with priority 3 instead of 5, `other`
    that of arrivals for another queue with the same agents, served first where `other_first`."""

    name: str
    load: float = 0.95
    surge: float = 1.0
    lost: float = 0.0
    handling_spread: float = 0.0
    patience_spread: float = 0.0
    urgent: float = 0.0
    other: float = 0.0
    other_first: bool = False


class Wait(NamedTuple):
    """One that had to wait: the true wait, what was estimated, what two plain rules and perfect knowledge of
    the rates would have said, all in seconds, and whether it got to an agent."""

    true_s: float
    said: Estimate | None
    last_s: float
    plain_s: float
    ideal_s: float
    answered: bool


@dataclass(slots=True)
class _Contact:
    key: tuple[int, float, int]
    came_s: float
    judged_queue: bool
    waits: bool = True
    answered: bool = False
    true_s: float | None = None
    said: Estimate | None = None
    rules: tuple[float, float, float] = (0.0, 0.0, 0.0)


_Key = tuple[int, float, int]
_Event = tuple[float, int, Callable[[], None]]


@dataclass
class Center:
    """One run; `waits` gives what is judged."""

    scenario: Scenario
    agents: int
    rng: random.Random
    flow: Flow = field(default_factory=Flow)

    def __post_init__(self) -> None:
        self.now_s, self.number = 0.0, 0
        self.present = self.free = self.agents
        self.leaving = 0
        self.events: list[_Event] = []
        self.line: list[_Key] = []
        self.other_line: list[_Key] = []
        self.ghosts: list[_Key] = []
        self.contacts: dict[_Key, _Contact] = {}
        self.judged: list[_Contact] = []
        self.last_s, self.handled_s = 0.0, deque([HANDLING_S], _REMEMBERED)
        self.per_s = agents_per_s = self.scenario.load * self.agents / HANDLING_S
        self.fastest_per_s = agents_per_s * max(1.0, self.scenario.surge)

    def waits(self) -> Iterator[Wait]:
        """Runs to the end."""
        self._after(0.0, self._maybe_arrive)
        self._after(STEP_S, self._lose)
        self._after(STEP_END_S, self._come_back)
        while self.events and self.events[0][0] < OVER_S:
            self.now_s, _, act = heapq.heappop(self.events)
            act()
        for contact in self.judged:
            if contact.true_s is not None:
                yield Wait(contact.true_s, contact.said, *contact.rules, contact.answered)

    @property
    def _now_ms(self) -> int:
        return int(self.now_s * 1000)

    def _after(self, seconds: float, act: Callable[[], None]) -> None:
        self.number += 1
        heapq.heappush(self.events, (self.now_s + seconds, self.number, act))

    def _time(self, mean_s: float, spread: float) -> float:
        if not spread:
            return self.rng.expovariate(1 / mean_s)
        variance = log(1 + spread * spread)
        return self.rng.lognormvariate(log(mean_s) - variance / 2, sqrt(variance))

    def _maybe_arrive(self) -> None:
        """A Poisson process at the fastest rate, thinned to the rate of the moment."""
        if self.now_s < JUDGED_TO_S:
            self._after(self.rng.expovariate(self.fastest_per_s), self._maybe_arrive)
            stepped = STEP_S <= self.now_s < STEP_END_S
            per_s = self.per_s * (self.scenario.surge if stepped else 1.0)
            if self.rng.random() < per_s / self.fastest_per_s:
                self._arrive()

    def _arrive(self) -> None:
        scenario = self.scenario
        judged_queue = self.rng.random() >= scenario.other
        priority = URGENT if judged_queue and self.rng.random() < scenario.urgent else NORMAL
        tier = 0 if scenario.other_first and not judged_queue else 1
        key = (tier, self.now_s + priority * AGING_S, self.number)
        contact = self.contacts[key] = _Contact(key, self.now_s, judged_queue)
        insort(self.line if judged_queue else self.other_line, key)
        if self.free:
            self._serve()
            return
        self._after(self._time(PATIENCE_S, scenario.patience_spread), lambda: self._give_up(contact))
        if judged_queue:
            self._estimate(contact, priority)

    def _estimate(self, contact: _Contact, priority: int) -> None:
        position = 1 + bisect_left(self.line, contact.key)
        self.flow.joined(self._now_ms, len(self.line), self.present, priority)
        contact.said = self.flow.estimate(position, self._now_ms, self.present, priority, AGING_S)
        handling_s = sum(self.handled_s) / len(self.handled_s)
        mean_s, variance = wait(position, self.present / HANDLING_S, 1 / PATIENCE_S)
        ideal = quantiles(mean_s, variance / mean_s**2)
        contact.rules = self.last_s, handling_s * position / self.present, ideal.p50_s
        if self.now_s >= JUDGED_FROM_S:
            self.judged.append(contact)

    def _give_up(self, contact: _Contact) -> None:
        if not contact.waits:
            return
        contact.waits = False
        if contact.judged_queue:
            self.line.remove(contact.key)
            insort(self.ghosts, contact.key)
            self._leave(contact, Left.GAVE_UP)
        else:
            self.other_line.remove(contact.key)

    def _leave(self, contact: _Contact, how: Left) -> None:
        waited_s = self.now_s - contact.came_s
        self.flow.left(self._now_ms, len(self.line), self.present, how, waited_s, contact.said)

    def _serve(self) -> None:
        """Free agents take who is first, and would have taken the ghosts before."""
        while self.free and (self.line or self.other_line):
            line = min((line for line in (self.line, self.other_line) if line), key=lambda keys: keys[0])
            key = line.pop(0)
            self._pass_ghosts(key)
            self._take(self.contacts[key])
        if self.free:
            self._pass_ghosts((2, 0.0, 0))

    def _pass_ghosts(self, before: _Key) -> None:
        while self.ghosts and self.ghosts[0] < before:
            ghost = self.contacts[self.ghosts.pop(0)]
            ghost.true_s = self.now_s - ghost.came_s

    def _take(self, contact: _Contact) -> None:
        self.free -= 1
        contact.waits, contact.answered, contact.true_s = False, True, self.now_s - contact.came_s
        if contact.judged_queue and contact.came_s < self.now_s:
            self.last_s = contact.true_s
            self._leave(contact, Left.OFFERED)
        handling_s = self._time(HANDLING_S, self.scenario.handling_spread)
        self._after(handling_s, lambda: self._complete(contact, handling_s))

    def _complete(self, contact: _Contact, handling_s: float) -> None:
        self.handled_s.append(handling_s)
        if contact.judged_queue:
            self.flow.completed(handling_s)
        if self.leaving:
            self.leaving -= 1
            return
        self.free += 1
        self._serve()

    def _lose(self) -> None:
        """Some agents go: the free ones at once, the others when they are done."""
        lost = round(self.agents * self.scenario.lost)
        at_once = min(self.free, lost)
        self.present, self.free, self.leaving = self.present - lost, self.free - at_once, lost - at_once
        self.flow.changed(self._now_ms, len(self.line), self.present)

    def _come_back(self) -> None:
        lost = self.agents - self.present
        self.free, self.leaving, self.present = self.free + lost - self.leaving, 0, self.agents
        self.flow.changed(self._now_ms, len(self.line), self.present)
        self._serve()
