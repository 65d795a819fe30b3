"""A pool decided anew with other agents or rules, and the people of a record acting in it."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import IntEnum
from heapq import heappop, heappush
from math import inf
from typing import Any

from schemas.assignments import AssignmentEnded, AssignmentMade, OfferMade
from schemas.audit import Decided, RoutingEvent
from schemas.codec import Tick
from schemas.routing import AcceptOffer, CancelContact, CompleteContact, RejectOffer, RoutingCommand
from schemas.states import ContactState
from streams.harness.decider import Life, Moment
from streams.insight.recording import Recording, Reply, Service, Timed
from streams.insight.script import Part
from streams.insight.visits import CUSTOMER_LEFT
from streams.routing.decider import RoutingDecider

_WAITS = (ContactState.PENDING, ContactState.RESERVED)


class _Act(IntEnum):
    """What somebody does; at the same time in this order."""

    LEAVE = 0
    ACCEPT = 1
    REJECT = 2
    HANG_UP = 3
    COMPLETE = 4


class Simulation:
    """Discrete events: what comes from outside, what people do on what they are told, and the recorded
    ticks, which run the pool's timers as they did. Without chance: the parts are cast before."""

    def __init__(self, recording: Recording, parts: Mapping[str, Part]) -> None:
        decider = RoutingDecider()
        self._rules = decider.rules[max(decider.rules)]
        self._pool = decider.new(recording.pool, 0, Life.ABSENT)
        self._recording, self._parts = recording, parts
        self._acts: list[tuple[int, int, _Act, str, int]] = []
        self._offers: Counter[str] = Counter()
        self._talks: Counter[str] = Counter()
        self._ticked = 0
        self.events: list[RoutingEvent] = []

    def run(self, outside: Sequence[Timed]) -> list[RoutingEvent]:
        """Everything that is decided until the record ends."""
        done = 0
        while True:
            comes_ms = outside[done][0] if done < len(outside) else inf
            acts_ms = self._acts[0][0] if self._acts else inf
            tick_ms = self._next_tick()
            if min(comes_ms, acts_ms, tick_ms) > self._recording.end_ms:
                return self.events
            if comes_ms <= acts_ms and comes_ms <= tick_ms:
                self._come(*outside[done])
                done += 1
            elif acts_ms <= tick_ms:
                self._act()
            else:
                self._ticked = int(tick_ms)
                self._decide(self._ticked, Tick())

    def _next_tick(self) -> float:
        """The first tick of the record at which something is due."""
        due_ms = self._rules.due_ms(self._pool)
        if due_ms is None:
            return inf
        ticks = self._recording.ticks
        at = max(bisect_left(ticks, due_ms), bisect_right(ticks, self._ticked))
        return ticks[at] if at < len(ticks) else inf

    def _come(self, now_ms: int, command: RoutingCommand) -> None:
        self._decide(now_ms, command)
        contact_id = getattr(command, "contact_id", "")
        patience_ms = self._parts[contact_id].patience_ms if contact_id in self._parts else None
        if patience_ms is not None:
            self._plan(now_ms + patience_ms, _Act.LEAVE, contact_id)

    def _plan(self, at_ms: int, act: _Act, contact_id: str, epoch: int = 0) -> None:
        heappush(self._acts, (at_ms, len(self.events), act, contact_id, epoch))

    def _act(self) -> None:
        """What somebody had in mind, unless it has become pointless."""
        now_ms, _, act, contact_id, epoch = heappop(self._acts)
        contact = self._pool.contacts.get(contact_id)
        if contact is None or (act is not _Act.LEAVE and contact.offer_epoch != epoch):
            return
        mine: dict[str, Any] = {"pool": self._recording.pool, "contact_id": contact_id}
        match act, contact.state:
            case _Act.LEAVE, state if state in _WAITS and not self._talks[contact_id]:
                self._decide(now_ms, CancelContact(**mine, reason=CUSTOMER_LEFT))
            case _Act.ACCEPT, ContactState.RESERVED:
                self._decide(now_ms, AcceptOffer(**mine, agent_id=contact.agent_id, offer_epoch=epoch))
            case _Act.REJECT, ContactState.RESERVED:
                self._decide(now_ms, RejectOffer(**mine, agent_id=contact.agent_id, offer_epoch=epoch))
            case _Act.HANG_UP, ContactState.ASSIGNED:
                self._decide(now_ms, CancelContact(**mine, reason="customer"))
            case _Act.COMPLETE, ContactState.ASSIGNED | ContactState.WRAPPING:
                self._decide(now_ms, CompleteContact(**mine, agent_id=contact.agent_id))

    def _decide(self, now_ms: int, command: RoutingCommand) -> None:
        for output in self._rules.step(self._pool, command, Moment(now_ms, now_ms)):
            match output.record:
                case RoutingEvent() as event:
                    self._hear(event)
                case OfferMade(contact_id=contact_id, offer_epoch=epoch):
                    self._be_offered(now_ms, contact_id, epoch)
                case AssignmentMade(contact_id=contact_id, offer_epoch=epoch):
                    self._talk(now_ms, contact_id, epoch)
                case AssignmentEnded(contact_id=contact_id, reason="wrapping"):
                    self._wrap_up(now_ms, contact_id)

    def _hear(self, event: RoutingEvent) -> None:
        """Who was there before the record came in it at no time: it is not measured as an arrival."""
        if event.event is not Decided.ENQUEUED or event.contact_id not in self._recording.carried:
            self.events.append(event)

    def _be_offered(self, now_ms: int, contact_id: str, epoch: int) -> None:
        part, number = self._parts[contact_id], self._offers[contact_id]
        self._offers[contact_id] += 1
        known = len(part.answers)
        answer = part.answers[number] if number < known else part.spares[(number - known) % len(part.spares)]
        if answer.reply is not Reply.MISS:
            act = _Act.ACCEPT if answer.reply is Reply.ACCEPT else _Act.REJECT
            self._plan(now_ms + answer.after_ms, act, contact_id, epoch)

    def _talk(self, now_ms: int, contact_id: str, epoch: int) -> None:
        self._talks[contact_id] += 1
        service = self._service(contact_id)
        act = _Act.HANG_UP if service.by_customer else _Act.COMPLETE
        self._plan(now_ms + service.talk_ms, act, contact_id, epoch)

    def _wrap_up(self, now_ms: int, contact_id: str) -> None:
        wrap_ms = self._service(contact_id).wrap_ms
        if wrap_ms is not None:
            epoch = self._pool.contacts[contact_id].offer_epoch
            self._plan(now_ms + wrap_ms, _Act.COMPLETE, contact_id, epoch)

    def _service(self, contact_id: str) -> Service:
        """The talk that the contact is at."""
        services = self._parts[contact_id].services
        return services[min(self._talks[contact_id], len(services)) - 1]
