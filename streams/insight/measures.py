"""Measures of a contact center, each variant by its name; docs/measures.md has formulas and sources."""

from collections import Counter

import msgspec

from streams.insight.shifts import Span
from streams.insight.visits import Outcome, Visit

Figure = float | int | None | dict[str, int]


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What is measured: answers `within_s` are in time, who leaves before `short_s` is a short abandon.
    Intervals begin at multiples of `interval_s` in UTC. Only visits and time in [from_ms, to_ms) count."""

    within_s: float = 20.0
    short_s: float = 5.0
    interval_s: int = 1800
    from_ms: int = 0
    to_ms: int = 1 << 62
    synthetic: bool = False

    def interval_of(self, at_ms: int) -> int:
        """Where the interval that holds this time begins, Unix milliseconds."""
        return at_ms // (self.interval_s * 1000) * self.interval_s * 1000


def ratio(part: float, whole: float) -> float | None:
    """None where there is nothing to divide by."""
    return part / whole if whole else None


class Measures(msgspec.Struct, kw_only=True):
    """Sums of one queue, or of all, in one interval, or in all. Seconds, and numbers of contacts.

    Counts are of the contacts that came in the interval, whenever they were answered: queued = answered +
    abandoned + flowed_out + canceled + waiting. `refused` ones never were in the queue.
    """

    queued: int = 0
    transferred_in: int = 0
    answered: int = 0
    answered_within: int = 0
    abandoned: int = 0
    abandoned_short: int = 0
    abandoned_within: int = 0
    removed_within: int = 0
    flowed_out: int = 0
    canceled: int = 0
    refused: int = 0
    waiting: int = 0
    undecided: int = 0
    requeued: int = 0
    handled: int = 0
    reasons: Counter[str] = msgspec.field(default_factory=Counter)
    answer_wait_s: float = 0.0
    abandon_wait_s: float = 0.0
    waited_s: float = 0.0
    longest_wait_s: float = 0.0
    talk_s: float = 0.0
    wrap_up_s: float = 0.0
    present_s: float = 0.0
    staffed_s: float = 0.0
    handling_s: float = 0.0
    slot_s: float = 0.0
    capacity_s: float = 0.0

    def add(self, visit: Visit, terms: Terms, now_ms: int) -> None:
        """One visit, seen at `now_ms`."""
        self.reasons[visit.reason] += visit.outcome in (Outcome.CANCELED, Outcome.REFUSED)
        if visit.outcome is Outcome.REFUSED:
            self.refused += 1
            return
        waited_s = visit.waited_ms(now_ms) / 1000
        self.queued += 1
        self.transferred_in += bool(visit.linked_to)
        self.requeued += visit.requeues
        self.waited_s += waited_s
        self.longest_wait_s = max(self.longest_wait_s, waited_s)
        self._count(visit, waited_s, terms)
        if visit.handled:
            self.handled += 1
            self.talk_s += visit.talk_ms / 1000
            self.wrap_up_s += visit.wrap_ms / 1000

    def _count(self, visit: Visit, waited_s: float, terms: Terms) -> None:
        within = waited_s <= terms.within_s
        self.removed_within += within and visit.outcome is not Outcome.WAITING
        match visit.outcome:
            case Outcome.ANSWERED:
                self.answered += 1
                self.answered_within += within
                self.answer_wait_s += waited_s
            case Outcome.ABANDONED:
                self.abandoned += 1
                self.abandoned_within += within
                self.abandoned_short += waited_s < terms.short_s
                self.abandon_wait_s += waited_s
            case Outcome.FLOWED_OUT:
                self.flowed_out += 1
            case Outcome.CANCELED:
                self.canceled += 1
            case _:
                self.waiting += 1
                self.undecided += within

    def add_time(self, span: Span, seconds: float) -> None:
        """So much of an agent's time."""
        self.present_s += seconds * span.present
        self.staffed_s += seconds * span.staffed
        self.handling_s += seconds * span.handling
        self.slot_s += seconds * span.slots
        self.capacity_s += seconds * span.capacity * (span.staffed or span.slots > 0)

    @property
    def answered_within_over_queued(self) -> float | None:
        """Answered in time of all that were queued, but those who wait for less than that still."""
        return ratio(self.answered_within, self.queued - self.undecided)

    @property
    def removed_within_over_queued(self) -> float | None:
        """In time out of the queue, however, of all that were queued, with the same exception."""
        return ratio(self.removed_within, self.queued - self.undecided)

    @property
    def answered_within_over_answered_and_abandoned(self) -> float | None:
        """Answered in time of those who were answered or left."""
        return ratio(self.answered_within, self.answered + self.abandoned)

    @property
    def answered_within_over_answered_and_abandoned_without_short_abandons(self) -> float | None:
        """The same, who left at once left aside."""
        return ratio(self.answered_within, self.answered + self.abandoned - self.abandoned_short)

    @property
    def answered_within_over_answered(self) -> float | None:
        """Answered in time of those who were answered."""
        return ratio(self.answered_within, self.answered)

    @property
    def answered_or_abandoned_within_over_answered_and_abandoned(self) -> float | None:
        """Who leaves in time counts as served in time."""
        met = self.answered_within + self.abandoned_within
        return ratio(met, self.answered + self.abandoned)

    @property
    def asa_s(self) -> float | None:
        """Average speed of answer: the mean wait of those who were answered."""
        return ratio(self.answer_wait_s, self.answered)

    @property
    def average_time_to_abandon_s(self) -> float | None:
        """The mean wait of those who left."""
        return ratio(self.abandon_wait_s, self.abandoned)

    @property
    def aht_s(self) -> float | None:
        """Average handling time: talk and wrap-up."""
        return ratio(self.talk_s + self.wrap_up_s, self.handled)

    @property
    def talk_average_s(self) -> float | None:
        """The mean talk."""
        return ratio(self.talk_s, self.handled)

    @property
    def wrap_up_average_s(self) -> float | None:
        """The mean wrap-up, none being 0 s."""
        return ratio(self.wrap_up_s, self.handled)

    @property
    def abandon_rate(self) -> float | None:
        """Who left, of those who were answered, left, or went on to another queue."""
        return ratio(self.abandoned, self.answered + self.abandoned + self.flowed_out)

    @property
    def abandon_rate_without_short_abandons(self) -> float | None:
        """The same, who left at once left aside."""
        left = self.abandoned - self.abandoned_short
        return ratio(left, self.answered + left + self.flowed_out)

    @property
    def occupancy(self) -> float | None:
        """Time with contacts, talk or wrap-up, of the time ready for or with contacts."""
        return ratio(self.handling_s, self.staffed_s)

    @property
    def occupancy_over_present(self) -> float | None:
        """Time with contacts of all time not offline, breaks included."""
        return ratio(self.handling_s, self.present_s)

    @property
    def slot_utilisation(self) -> float | None:
        """Slot time held, from offer through wrap-up, of the slot time there was."""
        return ratio(self.slot_s, self.capacity_s)

    def figures(self) -> dict[str, Figure]:
        """Every sum and every ratio by its name."""
        sums: dict[str, Figure] = {name: getattr(self, name) for name in self.__struct_fields__}
        sums["reasons"] = {reason: count for reason, count in sorted(self.reasons.items()) if count}
        return sums | {name: getattr(self, name) for name in RATIOS}


RATIOS = tuple(name for name, found in vars(Measures).items() if isinstance(found, property))
"""The names of all ratios and averages."""
