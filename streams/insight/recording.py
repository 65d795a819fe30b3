"""What people did in a recorded log, apart from how they were routed: customers, agents, configurations."""

from array import array
from enum import StrEnum
from typing import NamedTuple

import msgspec

from schemas.audit import Decided, RoutingEvent
from schemas.codec import Tick
from schemas.routing import (
    ApplyConfig,
    CancelContact,
    ForgetContact,
    RequestContact,
    RoutingCommand,
    SetPresence,
)
from schemas.states import ContactState, Presence
from schemas.topics import ROUTING_COMMANDS
from streams.harness.decider import FOREVER_S
from streams.insight.history import History, Step
from streams.routing.pool import Pool
from streams.routing.state import NOT_RESPONDING, Contact

_BACK = "back"
_BY_THE_RULES = (NOT_RESPONDING, _BACK)
_SOCKET_CLOSED = "socket closed"
_SOCKET = "recorded"
_TIME_OVER = "wrap_up_timeout"

Timed = tuple[int, RoutingCommand]
"""A command and when it comes, Unix milliseconds of the broker, made to run forward only."""


class Reply(StrEnum):
    """What an agent says to an offer. Cut: it was taken back, or the agent lost, before anything was said."""

    ACCEPT = "accept"
    REJECT = "reject"
    MISS = "miss"
    CUT = "cut"


_REPLIES = {"rejected": Reply.REJECT, "no_answer": Reply.MISS}


class Answer(NamedTuple):
    """What an agent said to an offer, and how long that took."""

    reply: Reply
    after_ms: int


class Service(NamedTuple):
    """One talk, who ended it, and the wrap-up after it; None: as long as the queue allows. Of one that is
    `cut`, because the agent was lost, it is only known that it would have lasted longer."""

    talk_ms: int
    by_customer: bool
    wrap_ms: int | None
    cut: bool = False


class Way(msgspec.Struct, kw_only=True):
    """What is known of one contact. It left `left_ms` after its arrival while nobody had accepted it; or it
    stayed for at least `stayed_ms`. `services` are its talks, each with another agent."""

    request: RequestContact
    came_ms: int
    left_ms: int | None = None
    stayed_ms: int | None = None
    answers: list[Answer] = []
    services: list[Service] = []
    talked_ms: int = 0
    offered_ms: int | None = None
    talking_ms: int | None = None
    hung_up_ms: int | None = None


class Recording:
    """Hears the steps of the pool's partition. `outside` is what comes to the pool whatever it decides:
    requests, configurations and, from its events, agents' presence."""

    def __init__(self, pool: str) -> None:
        self.pool = pool
        self.outside: list[Timed] = []
        self.ways: dict[str, Way] = {}
        self.carried: set[str] = set()
        self.ticks = array("q")
        self.end_ms = 0
        self._away: set[str] = set()

    def begin(self, history: History) -> None:
        """What was there before: who is in the pool counts as coming now, with the age it has."""
        pool = history.pools().get(self.pool)
        if pool is None or pool.config is None:
            return
        clock = history.partition.clock
        now_ms = self.end_ms = clock.appended_ms
        self.outside.append((now_ms, ApplyConfig(config=pool.config)))
        for status in sorted(pool.agents.values(), key=lambda status: status.agent_id):
            if status.presence is not Presence.OFFLINE:
                self._present(now_ms, status.agent_id, status.presence, status.reason)
        for contact in sorted(pool.contacts.values(), key=lambda contact: contact.order):
            self._carry(pool, contact, clock.at_ms)

    def hear(self, step: Step) -> None:
        """The next record."""
        now_ms = self.end_ms = max(self.end_ms, step.record.timestamp)
        if any(one.topic == ROUTING_COMMANDS.dlq for one in step.sent):
            return
        if isinstance(step.command, Tick):
            self.ticks.append(now_ms)
        elif step.pool == self.pool and isinstance(step.command, ApplyConfig):
            self.outside.append((now_ms, step.command))
        elif step.pool == self.pool and isinstance(step.command, RequestContact):
            self._come(now_ms, step.command)
        withdrawn = isinstance(step.command, CancelContact | ForgetContact)
        for event in step.events:
            if event.pool == self.pool:
                self._hear_event(now_ms, event, withdrawn)

    def _come(self, now_ms: int, request: RequestContact) -> None:
        if request.contact_id not in self.ways:
            self.outside.append((now_ms, request))
            self.ways[request.contact_id] = Way(request=request, came_ms=now_ms)

    def _carry(self, pool: Pool, contact: Contact, clock_ms: int) -> None:
        now_ms = self.end_ms
        self._come(now_ms, _request_of(pool, contact, clock_ms))
        self.carried.add(contact.contact_id)
        way = self.ways[contact.contact_id]
        if contact.state in (ContactState.ASSIGNED, ContactState.WRAPPING):
            way.stayed_ms = 0
            way.talking_ms = now_ms if contact.state is ContactState.ASSIGNED else None
            way.hung_up_ms = now_ms if contact.state is ContactState.WRAPPING else None

    def _present(self, now_ms: int, agent_id: str, presence: Presence, reason: str) -> None:
        """Over a socket, so that it can be lost as it was; else offline is said by an operator."""
        closed = reason == _SOCKET_CLOSED
        if not closed:
            (self._away.add if presence is Presence.CUSTOM else self._away.discard)(agent_id)
        self.outside.append(
            (
                now_ms,
                SetPresence(
                    pool=self.pool,
                    agent_id=agent_id,
                    presence=Presence.OFFLINE if closed else presence,
                    reason=reason,
                    socket=_SOCKET if closed or presence is not Presence.OFFLINE else "",
                    lease_s=FOREVER_S,
                ),
            )
        )

    def _hear_event(self, now_ms: int, event: RoutingEvent, withdrawn: bool) -> None:
        if event.event is Decided.PRESENCE and event.presence and not self._follows(event):
            self._present(now_ms, event.agent_id, event.presence, event.reason)
        way = self.ways.get(event.contact_id)
        if way is not None:
            _go_on(way, now_ms, event, withdrawn)

    def _follows(self, event: RoutingEvent) -> bool:
        """Whether the rules bring the presence about again. They know no time to bring back who was away as
        said, as one who was lost, or there at the beginning, while *not responding*."""
        if event.reason == _BACK:
            return event.agent_id not in self._away
        return event.reason in _BY_THE_RULES


def _go_on(way: Way, now_ms: int, event: RoutingEvent, withdrawn: bool) -> None:
    match event.event:
        case Decided.OFFERED:
            way.offered_ms = now_ms
        case Decided.ASSIGNED:
            _answered(way, Reply.ACCEPT, now_ms)
            way.talking_ms = now_ms
            way.stayed_ms = now_ms - way.came_ms if way.stayed_ms is None else way.stayed_ms
        case Decided.REQUEUED:
            _answered(way, _REPLIES.get(event.reason, Reply.CUT), now_ms)
            if way.talking_ms is not None:
                _served(way, Service(now_ms - way.talking_ms, True, None, cut=True))
        case Decided.RELEASED:
            _answered(way, Reply.CUT, now_ms)
        case Decided.WRAPPING | Decided.TRANSFERRED if way.talking_ms is not None:
            way.hung_up_ms, way.talked_ms = now_ms, now_ms - way.talking_ms
        case Decided.COMPLETED:
            _completed(way, now_ms, event.reason)
        case Decided.CANCELED if way.stayed_ms is None:
            stayed_ms = now_ms - way.came_ms
            way.left_ms, way.stayed_ms = (stayed_ms if withdrawn else None), stayed_ms


def _answered(way: Way, reply: Reply, now_ms: int) -> None:
    """An offer is answered; in a queue that asks nobody there was none."""
    if way.offered_ms is not None:
        way.answers = [*way.answers, Answer(reply, now_ms - way.offered_ms)]
        way.offered_ms = None


def _completed(way: Way, now_ms: int, reason: str) -> None:
    if way.hung_up_ms is not None and way.talking_ms is not None:
        wrap_ms = None if reason == _TIME_OVER else now_ms - way.hung_up_ms
        _served(way, Service(way.talked_ms, True, wrap_ms))
    elif way.talking_ms is not None:
        _served(way, Service(now_ms - way.talking_ms, False, 0))


def _served(way: Way, service: Service) -> None:
    way.services = [*way.services, service]
    way.talking_ms = way.hung_up_ms = None


def _request_of(pool: Pool, contact: Contact, clock_ms: int) -> RequestContact:
    """The request of a contact that is in the pool already."""
    return RequestContact(
        pool=pool.name,
        contact_id=contact.contact_id,
        session_id=contact.session_id,
        customer_id=contact.customer_id,
        queue=contact.queue,
        channel=contact.channel,
        priority=contact.priority,
        skills=contact.skills,
        skills_for_s=contact.skills_for_s,
        relaxed=contact.relaxed,
        preferred_agent=contact.preferred_agent,
        preferred_s=contact.preferred_s,
        synthetic=contact.synthetic,
        age_s=max(0.0, (clock_ms - contact.enqueued_ms) / 1000),
    )
