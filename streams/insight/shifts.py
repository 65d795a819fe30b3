"""What each agent's time went to, from the event log alone."""

from collections.abc import Iterator
from typing import NamedTuple

from schemas.audit import Decided, RoutingEvent
from schemas.states import Channel, Presence

_HOLDS = (Decided.OFFERED, Decided.ASSIGNED, Decided.WRAPPING, Decided.TRANSFERRED)
_FREES = (Decided.REQUEUED, Decided.RELEASED, Decided.COMPLETED)


class Span(NamedTuple):
    """An agent's time from `begin_ms` to `end_ms`, all of it alike: present at all, routable, with a contact
    to talk to or to wrap up, and `slots` of `capacity` held."""

    agent_id: str
    begin_ms: int
    end_ms: int
    present: bool
    routable: bool
    handling: bool
    slots: int
    capacity: int

    @property
    def staffed(self) -> bool:
        """Ready for contacts, or with one."""
        return self.routable or self.handling


class _Slot(NamedTuple):
    channel: Channel
    handling: bool


class _Shift:
    """One agent as of the last event."""

    def __init__(self, agent_id: str, now_ms: int) -> None:
        self.agent_id, self.since_ms = agent_id, now_ms
        self.presence: Presence | None = None
        self.capacity = 1
        self.held: dict[str, _Slot] = {}

    def span(self, end_ms: int) -> Span:
        """The time since the last change. A call takes all of the agent's capacity."""
        handling = any(slot.handling for slot in self.held.values())
        call = any(slot.channel is Channel.VOICE for slot in self.held.values())
        return Span(
            agent_id=self.agent_id,
            begin_ms=self.since_ms,
            end_ms=end_ms,
            present=handling or self.presence in (Presence.ROUTABLE, Presence.CUSTOM),
            routable=self.presence is Presence.ROUTABLE,
            handling=handling,
            slots=self.capacity if call else len(self.held),
            capacity=self.capacity,
        )

    def hear(self, event: RoutingEvent) -> None:
        """What the event says of presence, capacity and load."""
        self.presence = event.presence or self.presence
        self.capacity = event.capacity or self.capacity
        if event.event in _HOLDS:
            self.held[event.contact_id] = _Slot(event.channel, event.event is not Decided.OFFERED)
        elif event.event in _FREES:
            self.held.pop(event.contact_id, None)


class Shifts:
    """Hears the events of agents in the order of the log; before an agent's first one nothing is known."""

    def __init__(self) -> None:
        self.queues: dict[str, set[str]] = {}
        self._spans: list[Span] = []
        self._shifts: dict[str, _Shift] = {}

    def hear(self, event: RoutingEvent) -> None:
        """One decision; only those about agents change anything."""
        if not event.agent_id:
            return
        shift = self._shifts.get(event.agent_id)
        if shift is None:
            shift = self._shifts[event.agent_id] = _Shift(event.agent_id, event.at_ms)
        if event.at_ms > shift.since_ms:  # broker time may run backwards
            self._spans.append(shift.span(event.at_ms))
            shift.since_ms = event.at_ms
        shift.hear(event)
        if event.event is Decided.ASSIGNED:
            self.queues.setdefault(event.agent_id, set()).add(event.queue)

    def spans(self, until_ms: int) -> Iterator[Span]:
        """All time up to then."""
        yield from self._spans
        for shift in self._shifts.values():
            if until_ms > shift.since_ms:
                yield shift.span(until_ms)
