"""Measures all queues in all intervals, from the event log alone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from schemas.audit import RoutingEvent
from streams.insight.measures import Measures, Terms
from streams.insight.shifts import Shifts, Span
from streams.insight.visits import Outcome, Visit, Visits

ALL = ""
"""In place of a queue's name: all queues together, each contact counted once."""


class Measured(NamedTuple):
    """By queue, and by queue and where its interval begins; from the first event on, or the beginning of what
    is measured, as of `until_ms`. Unix milliseconds."""

    from_ms: int
    until_ms: int
    queues: dict[str, Measures]
    intervals: dict[tuple[str, int], Measures]


class Meter:
    """Hears events in the order of the log, each once; a live topic and a replay tell the same."""

    def __init__(self, terms: Terms) -> None:
        self.terms, self.visits, self.shifts = terms, Visits(), Shifts()
        self.first_ms, self.last_ms = terms.to_ms, 0
        self._robots: set[str] = set()

    def hear(self, event: RoutingEvent) -> None:
        """One decision. Synthetic contacts and agents are left out, or else all others."""
        if event.at_ms >= self.terms.to_ms:
            self.last_ms = self.terms.to_ms
            return
        self.first_ms = min(self.first_ms, event.at_ms)
        self.last_ms = max(self.last_ms, event.at_ms)
        if event.synthetic and event.agent_id:
            self._robots.add(event.agent_id)  # who is configured no more is not said to be one
        if (event.synthetic or event.agent_id in self._robots) is self.terms.synthetic:
            self.visits.hear(event)
            self.shifts.hear(event)

    def measured(self, until_ms: int | None = None) -> Measured:
        """All that was heard, as of then, by default the last event or the end of
        what is measured."""
        until_ms = self.last_ms if until_ms is None else until_ms
        queues: dict[str, Measures] = defaultdict(Measures)
        intervals: dict[tuple[str, int], Measures] = defaultdict(Measures)
        for queue, at_ms, visit in self._counted():
            for measures in (queues[queue], intervals[queue, self.terms.interval_of(at_ms)]):
                measures.add(visit, self.terms, until_ms)
        for span in self.shifts.spans(until_ms):
            for begin_ms, seconds in self._slices(span):
                for queue in (ALL, *self.shifts.queues.get(span.agent_id, ())):
                    for measures in (queues[queue], intervals[queue, begin_ms]):
                        measures.add_time(span, seconds)
        from_ms = max(self.terms.from_ms, min(self.first_ms, until_ms))
        return Measured(from_ms, until_ms, dict(sorted(queues.items())), dict(sorted(intervals.items())))

    def _counted(self) -> Iterator[tuple[str, int, Visit]]:
        """Each visit in its queue, by when it entered it; and the last one of each contact in all, by when it
        came to the pool."""
        for visit in self.visits:
            if visit.queue and self._counts(visit.entered_ms):
                yield visit.queue, visit.entered_ms, visit
            if visit.outcome is not Outcome.FLOWED_OUT and self._counts(visit.arrived_ms):
                yield ALL, visit.arrived_ms, visit

    def _counts(self, at_ms: int) -> bool:
        return self.terms.from_ms <= at_ms < self.terms.to_ms

    def _slices(self, span: Span) -> Iterator[tuple[int, float]]:
        """Its seconds in each interval."""
        at_ms, end_ms = max(span.begin_ms, self.terms.from_ms), min(span.end_ms, self.terms.to_ms)
        while at_ms < end_ms:
            begin_ms = self.terms.interval_of(at_ms)
            next_ms = min(begin_ms + self.terms.interval_s * 1000, end_ms)
            yield begin_ms, (next_ms - at_ms) / 1000
            at_ms = next_ms


def measure(events: Iterable[RoutingEvent], terms: Terms, until_ms: int | None = None) -> Measured:
    """The measures of a log of events, without repeats."""
    meter = Meter(terms)
    for event in events:
        meter.hear(event)
    return meter.measured(until_ms)
