"""A day of a small center as its log: customers, agents and their moods from a seed, ticks every second."""

from heapq import heappop, heappush
from random import Random
from typing import Any

from schemas.assignments import AssignmentEnded, AssignmentMade, OfferMade, decode_feed
from schemas.audit import RoutingEvent, decode_audit
from schemas.codec import Tick
from schemas.config import Agent, Queue
from schemas.ids import session_id
from schemas.routing import (
    AcceptOffer,
    CancelContact,
    CompleteContact,
    RejectOffer,
    RequestContact,
    RoutingCommand,
)
from schemas.states import ContactState, Presence
from schemas.topics import AGENT_ASSIGNMENTS, ROUTING_EVENTS
from tests.streams.insight.logs import Recorder
from tests.streams.routing.pools import BEGIN_MS, POOL, agent, config, online, presence, renew

QUEUES = (
    Queue(name="q", offer_timeout_s=12.0, wrap_up_s=40.0, reject_pause_s=30.0),
    Queue(name="r", offer_timeout_s=12.0, wrap_up_s=40.0, max_wait_s=300.0),
)


class Day:
    """`agents` serve `q`, one of three `r` as well; `calls_per_hour` come, some to `r`."""

    def __init__(self, rng: Random, agents: int = 9, calls_per_hour: float = 150.0) -> None:
        self.rng, self.recorder = rng, Recorder()
        self.agents = [f"a{n}" for n in range(1, agents + 1)]
        self.calls_per_s = calls_per_hour / 3600
        self._plans: list[tuple[float, int, RoutingCommand]] = []
        self._numbers = 0

    def run(self, hours: float) -> Recorder:
        """The log from the first configuration to the end."""
        until_s = hours * 3600
        self._hear(0.0, config(*self.people(), queues=QUEUES))
        for name in self.agents:
            self._shift(name, until_s)
        self._customers(until_s)
        for second in range(1, int(until_s)):
            self._plan(second + 0.37, Tick())
        while self._plans and self._plans[0][0] < until_s:
            at_s, _, command = heappop(self._plans)
            if self._still_makes_sense(command):
                self._hear(at_s, command)
        return self.recorder

    def people(self) -> list[Agent]:
        """As configured."""
        return [
            agent(name, 2 if n % 4 == 0 else 1, "q", *(["r"] if n % 3 == 0 else []))
            for n, name in enumerate(self.agents)
        ]

    def _shift(self, name: str, until_s: float) -> None:
        """Comes, has a break, comes back; the socket is lost now and then."""
        came_s, break_s = self.rng.uniform(1, 60), self.rng.uniform(0.3, 0.7) * until_s
        self._plan(came_s, online(name, lease_s=15.0))
        for number in range(int(until_s / 5)):
            self._plan(came_s + 5.0 * (number + 1), renew(name, lease_s=15.0))
        self._plan(break_s, presence(name, Presence.CUSTOM, "break", lease_s=15.0))
        self._plan(break_s + 600.0, online(name, lease_s=15.0))
        lost_s = self.rng.uniform(0.1, 0.9) * until_s
        self._plan(lost_s, presence(name, Presence.OFFLINE, lease_s=15.0))
        self._plan(lost_s + self.rng.choice((3.0, 40.0)), online(name, lease_s=15.0))

    def _customers(self, until_s: float) -> None:
        at_s, number = 0.0, 0
        while (at_s := at_s + self.rng.expovariate(self.calls_per_s)) < until_s:
            number += 1
            session = session_id(number % 8, BEGIN_MS, number)
            contact_id, queue = f"{session}.1", "r" if self.rng.random() < 0.15 else "q"
            asked = RequestContact(
                pool=POOL, contact_id=contact_id, session_id=session, customer_id="c", queue=queue
            )
            self._plan(at_s, asked)
            patience_s = self.rng.expovariate(1 / 150)
            self._plan(at_s + patience_s, CancelContact(pool=POOL, contact_id=contact_id, reason=LEFT))

    def _plan(self, at_s: float, command: RoutingCommand) -> None:
        self._numbers += 1
        heappush(self._plans, (at_s, self._numbers, command))

    def _still_makes_sense(self, command: RoutingCommand) -> bool:
        if not isinstance(command, CancelContact) or command.reason != LEFT:
            return True
        pool = self.recorder.partition.hot[POOL].state
        contact = pool.contacts.get(command.contact_id)
        return contact is not None and contact.state in (ContactState.PENDING, ContactState.RESERVED)

    def _hear(self, at_s: float, command: RoutingCommand) -> None:
        for sent in self.recorder.hear(at_s, command):
            if sent.topic == AGENT_ASSIGNMENTS.name:
                self._react(at_s, decode_feed(sent.value or b""))

    def _react(self, at_s: float, told: object) -> None:
        mine: dict[str, Any] = {"pool": POOL}
        match told:
            case OfferMade():
                mine |= {"agent_id": told.agent_id, "contact_id": told.contact_id}
                mood = self.rng.random()
                kind = RejectOffer if mood < 0.05 else AcceptOffer
                if mood < 0.97:  # else it rings in vain
                    after_s = self.rng.uniform(1, 6)
                    self._plan(at_s + after_s, kind(**mine, offer_epoch=told.offer_epoch))
            case AssignmentMade():
                after_s = self.rng.lognormvariate(4.7, 0.6)
                mine |= {"contact_id": told.contact_id}
                if self.rng.random() < 0.8:
                    self._plan(at_s + after_s, CancelContact(**mine, reason="customer"))
                else:
                    self._plan(at_s + after_s, CompleteContact(**mine, agent_id=told.agent_id))
            case AssignmentEnded(reason="wrapping"):
                mine |= {"agent_id": told.agent_id, "contact_id": told.contact_id}
                self._plan(at_s + self.rng.uniform(5, 50), CompleteContact(**mine))


LEFT = "customer_abandoned"


def events_of(recorder: Recorder) -> list[RoutingEvent]:
    """What the topic routing.events holds of it."""
    return [decode_audit(one.value or b"") for one in recorder.sent if one.topic == ROUTING_EVENTS.name]
