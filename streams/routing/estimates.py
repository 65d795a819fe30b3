"""What a pool remembers of a queue to say how long one who waits will wait: a few numbers.

Pure: time comes in as the partition's clock. Events and estimates cost the same however many wait.
"""

from enum import IntEnum
from math import exp

import msgspec

from streams.routing.waits import Estimate, Spread, quantiles, wait

_SERVED, _GIVEN_UP = 1 - 1 / 96, 1 - 1 / 128
"""What is remembered of the offers, of those who left, fades by this with each one."""
_HANDLED, _PRIOR = 64.0, 4.0
"""Over how many contacts the handling time is averaged; as many offers it counts for."""
_ARRIVED_S = 300.0
_PRIORITIES = 10
_UNEXPLAINED = 0.005
_RARELY, _ROUNDS = 1e-4, 2
_RATED_MS = 250
"""For so long the rates count as they are: between two contacts they hardly change."""
_SHORTEST_S = 1e-3
_WIDE, _NARROWEST, _WIDEST = 1.15, 0.6, 3.0
_ABOVE = 0.09
_HEAVIEST = 1.4


class Left(IntEnum):
    """How one who waited left the queue."""

    OFFERED = 0
    GAVE_UP = 1
    MOVED = 2


class Flow(msgspec.Struct, array_like=True, gc=False):
    """One queue, without synthetic contacts. `depth` is always how many wait after the event, `slots` how
    many contacts the routable agents of the queue can hold at once whatever their channels, free or not.

    Two rates are estimated. Offers a second and slot: offers over slot-seconds in which somebody waited, so
    it holds when agents come or go, and where they serve other queues as well. Giving up a second and
    contact: there each moment counts by the contact's age, since those ahead are older than the average.
    """

    at_ms: int = 0
    depth: int = 0
    slots: int = 0
    served: float = 0.0
    worked_s: float = 0.0
    ages_s: float = 0.0
    given_up: float = 0.0
    borne: float = 0.0
    handled: float = 0.0
    handled_s: float = 0.0
    widened: float = _WIDE
    arrived: list[float] = msgspec.field(default_factory=lambda: [0.0] * _PRIORITIES)
    arrived_ms: list[int] = msgspec.field(default_factory=lambda: [0] * _PRIORITIES)
    rated_ms: int = 0
    rated_slots: int = 0
    per_s: float = 0.0
    theta: float = 0.0
    doubt: float = 0.0
    more: list[tuple[int, float]] = msgspec.field(default_factory=list)

    def joined(self, now_ms: int, depth: int, slots: int, priority: int) -> None:
        """A new contact waits, as nobody was free for it."""
        self.changed(now_ms, depth, slots)
        self.arrived[priority] = self._arriving(priority, now_ms) + 1 / _ARRIVED_S
        self.arrived_ms[priority] = now_ms

    def returned(self, now_ms: int, depth: int, slots: int, waited_s: float) -> None:
        """One who was offered waits again, with its age: the offer does not count."""
        self.changed(now_ms, depth, slots)
        self.served = max(0.0, self.served - 1)
        self.ages_s += waited_s

    def left(
        self, now_ms: int, depth: int, slots: int, how: Left, waited_s: float, said: Estimate | None
    ) -> None:
        """One who waited, for `waited_s` in this queue, is offered, gave up or is moved; `said` is what was
        estimated when it joined."""
        self.changed(now_ms, depth, slots)
        self.ages_s = max(0.0, self.ages_s - waited_s) if depth else 0.0
        if how is Left.MOVED:
            return
        if how is Left.OFFERED:
            self.served = self.served * _SERVED + 1
            self.worked_s *= _SERVED
        self.given_up *= _GIVEN_UP
        self.borne *= _GIVEN_UP
        if how is Left.GAVE_UP:
            self.given_up += waited_s
        if said is not None:
            self._learn(how, waited_s, said)

    def completed(self, handling_s: float) -> None:
        """A contact of the queue held a slot for so long."""
        self.handled = min(self.handled + 1, _HANDLED)
        self.handled_s += (handling_s - self.handled_s) / self.handled

    def changed(self, now_ms: int, depth: int, slots: int) -> None:
        """Time has passed, and how many wait or serve may be another from now on."""
        if self.depth and now_ms > self.at_ms:
            seconds = (now_ms - self.at_ms) / 1000
            self.worked_s += seconds * self.slots
            self.borne += seconds * (self.ages_s + self.depth * seconds / 2)
            self.ages_s += seconds * self.depth
        self.at_ms, self.depth, self.slots = now_ms, depth, slots

    def estimate(
        self, position: int, now_ms: int, slots: int, priority: int, aging_s: float, waited_s: float = 0.0
    ) -> Estimate | None:
        """Of the wait from now on at `position` (from 1) of one that has waited already; None while nothing
        is known, or nobody serves."""
        fresh = self.per_s and self.rated_ms <= now_ms < self.rated_ms + _RATED_MS
        if not fresh or slots != self.rated_slots:
            self._rate(now_ms, slots)
        if not self.per_s:
            return None
        spread = wait(position, self.per_s, self.theta)
        if self.more and self.more[0][0] < priority:
            spread = self._overtaken(spread, position, priority, aging_s, waited_s)
        return quantiles(spread.mean_s, spread.variance / spread.mean_s**2 + self.doubt, self.widened)

    def _rate(self, now_ms: int, slots: int) -> None:
        """How fast contacts leave, and which ones come, from now on."""
        self.rated_ms, self.rated_slots = now_ms, slots
        self.changed(now_ms, self.depth, self.slots)
        prior = _PRIOR if self.handled else 0.0
        seconds, offers = self.worked_s + prior * self.handled_s, self.served + prior
        if not slots or not offers:
            self.per_s = 0.0
            return
        self.per_s, self.theta = slots * offers / max(seconds, offers * _SHORTEST_S), self._theta()
        self.doubt = 1 / (2 * offers) + _UNEXPLAINED
        rates = (
            (level, self._arriving(level, now_ms)) for level in range(_PRIORITIES) if self.arrived[level]
        )
        self.more = [(level, rate) for level, rate in rates if rate > _RARELY]

    def _overtaken(
        self, spread: Spread, position: int, priority: int, aging_s: float, waited_s: float
    ) -> Spread:
        """The wait with those who will come and stand ahead: so many a second, as long as the wait lasts and
        their urgency outweighs the age. The wait is on both sides, so it is found in rounds."""
        ahead = 0.0
        for _ in range(_ROUNDS):
            ahead, mean_s = 0.0, spread.mean_s
            for level, rate in self.more:
                if level >= priority:
                    break
                lasts_s = (priority - level) * aging_s - waited_s
                if lasts_s > 0.0:
                    ahead += rate * (mean_s if mean_s < lasts_s else lasts_s)
            spread = wait(position + ahead, self.per_s, self.theta)
        return Spread(spread.mean_s, spread.variance + ahead / (self.per_s + self.theta * position) ** 2)

    def _theta(self) -> float:
        return min(1.0, self.given_up / self.borne) if self.borne else 0.0

    def _arriving(self, level: int, now_ms: int) -> float:
        """Contacts of this priority a second, of late."""
        return self.arrived[level] * exp(min(0, self.arrived_ms[level] - now_ms) / 1000 / _ARRIVED_S)

    def _learn(self, how: Left, waited_s: float, said: Estimate) -> None:
        """Widens the p90 until hardly one of ten is above it. Who gave up before it says nothing; the
        others weigh more for it, by how unlikely it is to stay for so long."""
        above = waited_s > said.p90_s
        if how is Left.GAVE_UP and not above:
            return
        stayed = self._theta() * min(waited_s, said.p90_s)
        weight = exp(min(_HEAVIEST, stayed))
        # The answer comes a whole queue later: the more wait, the smaller the step.
        step = weight * (above - _ABOVE) / (4 + self.depth / 2)
        self.widened = min(_WIDEST, max(_NARROWEST, self.widened + step))
