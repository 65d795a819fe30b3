"""What pools decided, counted by the quarter of an hour in which it happened: pure.

Words as in docs/measures.md; there a contact counts in the interval in which it came, here what became of it
counts in the one in which it did, so that a row is never changed long after.
"""

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from schemas.audit import Decided, RoutingEvent
from schemas.states import Channel

INTERVAL_MS = 15 * 60 * 1000
WITHIN_MS = 20_000
"""Answered in time."""

BOUNDS_MS = tuple(round(100 * 2 ** (step / 2)) for step in range(40))
"""Of the buckets: below 0.1 s, then two for each doubling, the last one from 20 h on."""

_LEFT = "customer_abandoned"
_UNFIT = frozenset({"unknown_queue", "unknown_skill"})


class Place(NamedTuple):
    """What a row is of; `begin_ms` Unix milliseconds, UTC."""

    begin_ms: int
    pool: str
    queue: str
    agent_id: str
    channel: str


class Counts(msgspec.Struct, kw_only=True):
    """What a row is more by. Milliseconds; histograms as long as their highest bucket."""

    offered: int = 0
    answered: int = 0
    answered_within: int = 0
    abandoned: int = 0
    refused: int = 0
    canceled: int = 0
    overflowed: int = 0
    transferred: int = 0
    handled: int = 0
    wait_ms: int = 0
    abandon_wait_ms: int = 0
    talk_ms: int = 0
    wrap_up_ms: int = 0
    waits: list[int] = []
    handles: list[int] = []
    wrap_ups: list[int] = []


class Open(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A contact that is not over, in `queue` since `entered_ms` (in none after an overflow, until the next
    event names one)."""

    pool: str
    queue: str
    channel: Channel
    arrived_ms: int
    entered_ms: int
    agent_id: str = ""
    answered: bool = False
    talking_ms: int | None = None
    wrapping_ms: int | None = None
    talk_ms: int = 0
    wrap_up_ms: int = 0


class Tally:
    """Counts events in the order of the log, given the open contacts and the pools' last numbers before."""

    def __init__(self, contacts: dict[str, Open], seqs: dict[str, int]) -> None:
        self.contacts, self.seqs = contacts, seqs
        self.rows: dict[Place, Counts] = {}
        self.over: set[str] = set()

    def hear(self, events: Iterable[RoutingEvent]) -> None:
        """Those that were not counted before. Synthetic contacts are left out."""
        for event in events:
            if event.seq and event.seq <= self.seqs.get(event.pool, 0):
                continue
            if event.seq:
                self.seqs[event.pool] = event.seq
            if event.contact_id and not event.synthetic:
                self._hear(event)

    def _hear(self, event: RoutingEvent) -> None:
        contact = self.contacts.get(event.contact_id)
        if event.event is Decided.ENQUEUED:
            self._arrive(event)
        elif contact is None:
            if event.event is Decided.CANCELED and event.reason in _UNFIT:
                self._row(event, event.queue).refused += 1
        else:
            self._follow_queue(contact, event)
            self._go_on(contact, event)

    def _arrive(self, event: RoutingEvent) -> None:
        self.over.discard(event.contact_id)
        self.contacts[event.contact_id] = Open(
            pool=event.pool,
            queue=event.queue,
            channel=event.channel,
            arrived_ms=event.at_ms,
            entered_ms=event.at_ms,
        )
        self._row(event, event.queue).offered += 1

    def _follow_queue(self, contact: Open, event: RoutingEvent) -> None:
        """Whoever was answered once stays with the queue that it was answered from."""
        if contact.answered or not event.queue or contact.queue == event.queue:
            return
        if contact.queue:
            self._row(event, contact.queue).overflowed += 1
        contact.queue, contact.entered_ms = event.queue, event.at_ms
        self._row(event, contact.queue).offered += 1

    def _go_on(self, contact: Open, event: RoutingEvent) -> None:
        match event.event:
            case Decided.OVERFLOWED if not contact.answered:
                self._row(event, contact.queue).overflowed += 1
                contact.queue = ""
            case Decided.ASSIGNED:
                self._answer(contact, event)
            case Decided.WRAPPING | Decided.TRANSFERRED:
                _pause(contact, event.at_ms)
                contact.wrapping_ms = event.at_ms
                self._row(event, contact.queue, contact.agent_id).transferred += (
                    event.event is Decided.TRANSFERRED
                )
            case Decided.REQUEUED | Decided.RELEASED:
                _pause(contact, event.at_ms)
            case Decided.COMPLETED | Decided.CANCELED:
                self._end(contact, event)

    def _answer(self, contact: Open, event: RoutingEvent) -> None:
        contact.agent_id, contact.talking_ms = event.agent_id, event.at_ms
        if contact.answered:
            return
        contact.answered = True
        row, waited_ms = self._row(event, contact.queue, event.agent_id), _waited(contact, event)
        row.answered += 1
        row.answered_within += waited_ms <= WITHIN_MS
        row.wait_ms += waited_ms
        add(row.waits, waited_ms)

    def _end(self, contact: Open, event: RoutingEvent) -> None:
        _pause(contact, event.at_ms)
        row = self._row(event, contact.queue, contact.agent_id)
        if contact.answered:
            row.handled += 1
            row.talk_ms += contact.talk_ms
            row.wrap_up_ms += contact.wrap_up_ms
            add(row.handles, contact.talk_ms + contact.wrap_up_ms)
            add(row.wrap_ups, contact.wrap_up_ms)
        elif event.reason == _LEFT:
            row.abandoned += 1
            row.abandon_wait_ms += _waited(contact, event)
        elif event.at_ms == contact.entered_ms == contact.arrived_ms:
            row.refused += 1
            row.offered -= 1  # it never was in the queue
        else:
            row.canceled += 1
        del self.contacts[event.contact_id]
        self.over.add(event.contact_id)

    def _row(self, event: RoutingEvent, queue: str, agent_id: str = "") -> Counts:
        begin_ms = event.at_ms // INTERVAL_MS * INTERVAL_MS
        place = Place(begin_ms, event.pool, queue, agent_id, event.channel.value)
        return self.rows.setdefault(place, Counts())


def add(histogram: list[int], value_ms: int) -> None:
    """One more value."""
    bucket = bisect_right(BOUNDS_MS, value_ms)
    histogram.extend([0] * (bucket + 1 - len(histogram)))
    histogram[bucket] += 1


def _waited(contact: Open, event: RoutingEvent) -> int:
    """Broker time may run backwards."""
    return max(0, event.at_ms - contact.arrived_ms)


def _pause(contact: Open, now_ms: int) -> None:
    """Nobody talks or wraps up from now on."""
    if contact.talking_ms is not None:
        contact.talk_ms += max(0, now_ms - contact.talking_ms)
    if contact.wrapping_ms is not None:
        contact.wrap_up_ms += max(0, now_ms - contact.wrapping_ms)
    contact.talking_ms = contact.wrapping_ms = None
