"""What became of each contact in each queue, from the event log alone."""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from schemas.audit import Decided, RoutingEvent
from schemas.states import Channel

CUSTOMER_LEFT = "customer_abandoned"
"""The reason with which a conversation withdraws a contact because its customer is gone."""

_UNFIT = frozenset({"unknown_queue", "unknown_skill"})


class Outcome(StrEnum):
    """How a visit to a queue went. Refused: turned away at the door, by hours, depth, staff or needs."""

    WAITING = "waiting"
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    FLOWED_OUT = "flowed_out"
    CANCELED = "canceled"
    REFUSED = "refused"


class Visit(msgspec.Struct, kw_only=True, gc=False):
    """One contact in one queue, entered at `entered_ms`; its wait counts from `arrived_ms`, when it came to
    the pool, until `left_ms`: accepted by an agent for the first time, gone to another queue, or ended.

    An answered one is `handled` when its agent is done. Talk and wrap-up add up over all agents who had it;
    what is still going on is not in them. Times are Unix milliseconds of the broker.
    """

    contact_id: str
    queue: str
    channel: Channel = Channel.CHAT
    linked_to: str = ""
    arrived_ms: int
    entered_ms: int
    left_ms: int | None = None
    outcome: Outcome = Outcome.WAITING
    reason: str = ""
    requeues: int = 0
    handled: bool = False
    talk_ms: int = 0
    wrap_ms: int = 0
    talking_ms: int | None = None
    wrapping_ms: int | None = None

    def waited_ms(self, now_ms: int) -> int:
        """How long the customer waited, so far if it still waits; broker time may run backwards."""
        return max(0, (now_ms if self.left_ms is None else self.left_ms) - self.arrived_ms)


class Visits:
    """Hears the events of contacts in the order of the log. A contact whose arrival lies before the log's
    beginning is left out."""

    def __init__(self) -> None:
        self._over: list[Visit] = []
        self._open: dict[str, Visit] = {}

    def __iter__(self) -> Iterator[Visit]:
        """Every visit: those that are over, then those that are not."""
        yield from self._over
        yield from self._open.values()

    def hear(self, event: RoutingEvent) -> None:
        """One decision; only those about contacts change anything."""
        visit = self._open.get(event.contact_id)
        if event.event is Decided.ENQUEUED and event.contact_id:
            self._open[event.contact_id] = self._entered(event, event.at_ms)
        elif event.event is Decided.CANCELED and visit is None and event.reason in _UNFIT:
            turned_away = self._entered(event, event.at_ms)
            self._end(turned_away, Outcome.REFUSED, event)
        elif visit is not None:
            self._go_on(self._in_queue(visit, event), event)

    def _entered(self, event: RoutingEvent, arrived_ms: int) -> Visit:
        return Visit(
            contact_id=event.contact_id,
            queue=event.queue,
            channel=event.channel,
            linked_to=event.linked_to,
            arrived_ms=arrived_ms,
            entered_ms=event.at_ms,
        )

    def _in_queue(self, visit: Visit, event: RoutingEvent) -> Visit:
        """The visit to the queue that the event names. One who overflows enters a queue that only the next
        event tells; whoever was answered once stays with the queue that it was answered from."""
        if not visit.queue:
            visit.queue = event.queue
        if visit.queue == event.queue or not event.queue or visit.outcome is Outcome.ANSWERED:
            return visit
        return self._flow_out(visit, event, event.queue)

    def _flow_out(self, visit: Visit, event: RoutingEvent, queue: str) -> Visit:
        visit.outcome, visit.reason, visit.left_ms = Outcome.FLOWED_OUT, event.reason, event.at_ms
        self._over.append(visit)
        entered = self._entered(event, visit.arrived_ms)
        entered.queue, entered.linked_to = queue, visit.linked_to
        self._open[event.contact_id] = entered
        return entered

    def _go_on(self, visit: Visit, event: RoutingEvent) -> None:
        match event.event:
            case Decided.OVERFLOWED if visit.outcome is Outcome.WAITING:
                self._flow_out(visit, event, "")
            case Decided.ASSIGNED:
                if visit.outcome is Outcome.WAITING:
                    visit.outcome, visit.left_ms = Outcome.ANSWERED, event.at_ms
                visit.talking_ms = event.at_ms
            case Decided.WRAPPING | Decided.TRANSFERRED:
                self._pause(visit, event.at_ms)
                visit.wrapping_ms = event.at_ms
            case Decided.REQUEUED | Decided.RELEASED:
                self._pause(visit, event.at_ms)
                visit.requeues += event.event is Decided.REQUEUED
            case Decided.COMPLETED:
                self._end(visit, Outcome.ANSWERED, event)
            case Decided.CANCELED:
                self._end(visit, _canceled(visit, event), event)

    def _pause(self, visit: Visit, now_ms: int) -> None:
        """Nobody talks or wraps up from now on."""
        if visit.talking_ms is not None:
            visit.talk_ms += max(0, now_ms - visit.talking_ms)
        if visit.wrapping_ms is not None:
            visit.wrap_ms += max(0, now_ms - visit.wrapping_ms)
        visit.talking_ms = visit.wrapping_ms = None

    def _end(self, visit: Visit, outcome: Outcome, event: RoutingEvent) -> None:
        self._pause(visit, event.at_ms)
        visit.handled = visit.outcome is Outcome.ANSWERED
        if visit.left_ms is None:
            visit.outcome, visit.left_ms = outcome, event.at_ms
        visit.reason = event.reason
        self._over.append(visit)
        self._open.pop(visit.contact_id, None)


def _canceled(visit: Visit, event: RoutingEvent) -> Outcome:
    if event.reason == CUSTOMER_LEFT:
        return Outcome.ABANDONED
    at_the_door = event.at_ms == visit.entered_ms == visit.arrived_ms
    return Outcome.REFUSED if at_the_door else Outcome.CANCELED
