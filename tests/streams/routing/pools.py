"""One pool in memory, what it hears, and what brings a contact into each state."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from schemas.assignments import AgentState, AssignmentEnded, CommandRefused, OfferEnded, ToAgent
from schemas.audit import RoutingEvent
from schemas.codec import Tick, type_of
from schemas.config import Agent, PoolConfig, Queue
from schemas.conversation import ContactEnded, ContactNews
from schemas.hours import Hours
from schemas.ids import session_id
from schemas.needs import Request, Requirement
from schemas.routing import (
    AcceptOffer,
    ApplyConfig,
    ApplySwitch,
    AssignContact,
    CancelContact,
    CompleteContact,
    ExplainContact,
    ForcePresence,
    ForgetContact,
    ListenIn,
    MoveContact,
    PrioritizeContact,
    RejectOffer,
    RenewLease,
    RequestContact,
    RoutingCommand,
    SetPresence,
    ShowPool,
    TransferContact,
)
from schemas.states import Presence
from schemas.switches import Name, Switch
from streams.harness.decider import Life, Moment
from streams.routing.decider import RoutingDecider
from streams.routing.pool import Pool

T = TypeVar("T")
POOL = "p"
BEGIN_MS = 1_700_000_000_000
DECIDER = RoutingDecider()
RULES = DECIDER.rules[1]
LONG_S = 1e6
SKILLS = ("billing", "german")
QUEUE = Queue(name="q", offer_timeout_s=20.0, wrap_up_s=30.0, reject_pause_s=60.0)


def session(n: int) -> str:
    return session_id(n % 8, BEGIN_MS, n)


def contact(n: int) -> str:
    return f"{session(n)}.1"


def agent(id: str, capacity: int = 1, *queues: str, **more: Any) -> Agent:
    return Agent(id=id, name=id.title(), queues=queues or ("q",), capacity=capacity, **more)


def config(
    *agents: Agent,
    version: int = 1,
    queues: tuple[Queue, ...] = (QUEUE,),
    hours: tuple[Hours, ...] = (),
    moves: Mapping[str, str] | None = None,
    skills: tuple[str, ...] = SKILLS,
) -> ApplyConfig:
    pool = PoolConfig(
        pool=POOL,
        partition=0,
        version=version,
        queues=queues,
        moves=dict(moves or {}),
        skills=skills,
        hours=hours,
        agents=agents,
        lease_grace_s=10.0,
        not_responding_s=40.0,
    )
    return ApplyConfig(config=pool)


def connected(agent_id: str, socket: str = "s1", lease_s: float = LONG_S) -> SetPresence:
    """The agent's socket says by itself that it is there."""
    return msgspec.structs.replace(online(agent_id, socket, lease_s), opens=True)


def online(agent_id: str, socket: str = "s1", lease_s: float = LONG_S) -> SetPresence:
    return presence(agent_id, Presence.ROUTABLE, socket=socket, lease_s=lease_s)


def presence(
    agent_id: str, said: Presence, reason: str = "", socket: str = "s1", lease_s: float = LONG_S
) -> SetPresence:
    return SetPresence(
        pool=POOL, agent_id=agent_id, presence=said, reason=reason, socket=socket, lease_s=lease_s
    )


def renew(agent_id: str, socket: str = "s1", lease_s: float = 15.0) -> RenewLease:
    return RenewLease(pool=POOL, agent_id=agent_id, socket=socket, lease_s=lease_s)


def request(n: int, queue: str = "q", **more: Any) -> RequestContact:
    return RequestContact(
        pool=POOL, contact_id=contact(n), session_id=session(n), customer_id="c", queue=queue, **more
    )


def needs(**levels: int) -> tuple[Requirement, ...]:
    """Skills at their lowest level."""
    return tuple(Requirement(skill, level) for skill, level in levels.items())


def accept(agent_id: str, n: int, epoch: int = 1) -> AcceptOffer:
    return AcceptOffer(pool=POOL, agent_id=agent_id, request_id="r", contact_id=contact(n), offer_epoch=epoch)


def reject(agent_id: str, n: int, epoch: int = 1) -> RejectOffer:
    return RejectOffer(pool=POOL, agent_id=agent_id, request_id="r", contact_id=contact(n), offer_epoch=epoch)


def complete(agent_id: str, n: int) -> CompleteContact:
    return CompleteContact(pool=POOL, agent_id=agent_id, request_id="r", contact_id=contact(n))


def cancel(n: int) -> CancelContact:
    return CancelContact(pool=POOL, contact_id=contact(n), reason="customer")


def forget(n: int) -> ForgetContact:
    return ForgetContact(pool=POOL, contact_id=contact(n))


def asked(command: RoutingCommand, until_ms: int = 0) -> RoutingCommand:
    """The command of somebody who waits for the verdict."""
    return msgspec.structs.replace(command, request_id="r", reply_to="gw", valid_until_ms=until_ms)


def transfer(agent_id: str, n: int, **to: Any) -> TransferContact:
    return TransferContact(pool=POOL, agent_id=agent_id, request_id="r", contact_id=contact(n), **to)


def move(n: int, queue: str) -> MoveContact:
    return MoveContact(pool=POOL, supervisor="boss", contact_id=contact(n), queue=queue)


def assign(n: int, agent_id: str) -> AssignContact:
    return AssignContact(pool=POOL, supervisor="boss", contact_id=contact(n), agent_id=agent_id)


def prioritize(n: int, priority: int) -> PrioritizeContact:
    return PrioritizeContact(pool=POOL, supervisor="boss", contact_id=contact(n), priority=priority)


def force(agent_id: str, said: Presence, reason: str = "") -> ForcePresence:
    return ForcePresence(pool=POOL, supervisor="boss", agent_id=agent_id, presence=said, reason=reason)


def listen(n: int, listening: bool = True) -> ListenIn:
    return ListenIn(pool=POOL, supervisor="boss", contact_id=contact(n), listening=listening)


def explain(n: int = 0, asks: Request | None = None) -> ExplainContact:
    known = contact(n) if n else ""
    return ExplainContact(pool=POOL, request_id="r", reply_to="gw", contact_id=known, request=asks)


def switched(name: str, value: str = "", version: int = 1, until_s: float = 0.0) -> ApplySwitch:
    """On for `value`; off without."""
    until_ms = BEGIN_MS + int(until_s * 1000) if until_s else 0
    switch = Switch(name=Name(name), version=version, on=bool(value), value=value, until_ms=until_ms)
    return ApplySwitch(pool=POOL, switch=switch)


def show() -> ShowPool:
    return ShowPool(pool=POOL, request_id="r", reply_to="gw")


class Desk:
    """A pool that has heard `history`."""

    def __init__(self, *history: RoutingCommand) -> None:
        self.pool = DECIDER.new(POOL, 0, Life.ABSENT)
        self.now_ms = BEGIN_MS
        self.said: list[msgspec.Struct] = []
        for command in history:
            self.hear(command)

    def hear(self, command: RoutingCommand, after_s: float = 0.0) -> list[msgspec.Struct]:
        """What is said to one more command."""
        self.now_ms += int(after_s * 1000)
        outputs = RULES.step(self.pool, command, Moment(self.now_ms, self.now_ms))
        said = [output.record for output in outputs]
        self.said += said
        return said

    def wait(self, seconds: float) -> list[msgspec.Struct]:
        """What a tick after that time says."""
        return self.hear(Tick(), seconds)

    def where(self, n: int) -> str:
        """The contact's state and agent, in two words."""
        found = self.pool.contacts.get(contact(n))
        return f"{found.state.value} {found.agent_id}".strip() if found else "over"

    def presence(self, agent_id: str) -> str:
        """The agent's presence and its reason."""
        status = self.pool.agents[agent_id]
        return f"{status.presence.value} {status.reason}".strip()

    def of(self, kind: type[T]) -> list[T]:
        """Everything of a kind that was said."""
        return [record for record in self.said if isinstance(record, kind)]

    def gapless(self) -> bool:
        """Whether each agent's feed is numbered from 1 on without a gap."""
        seen: Counter[str] = Counter()
        for entry in self.of(ToAgent):
            seen[entry.agent_id] += 1
            if entry.seq != seen[entry.agent_id]:
                return False
        return True


def content(pool: Pool) -> bytes:
    """Its snapshot but for how many events it has said: a refusal is one."""
    copy = Pool.unpack(pool.pack())
    copy.said = 0
    return copy.pack()


def gist(record: msgspec.Struct) -> str:
    """An output in a few words; the audit is left out."""
    match record:
        case RoutingEvent():
            return ""
        case ContactEnded():
            return f"{record.outcome} {record.reason}"
        case ContactNews():
            return type_of(record)
        case OfferEnded() | AssignmentEnded():
            return f"{record.agent_id}: {type_of(record)} {record.reason}"
        case AgentState():
            return f"{record.agent_id}: {record.presence.value} {record.reason}".strip()
        case CommandRefused():
            return f"{record.agent_id}: {record.reason}"
        case ToAgent():
            return f"{record.agent_id}: {type_of(record)}"
        case _:
            return type_of(record)


def gists(records: list[msgspec.Struct]) -> str:
    """All but the audit, in order."""
    return ", ".join(filter(None, map(gist, records)))


ONE = config(agent("a1"))
TWO = config(agent("a1"), agent("a2"))
HISTORIES: dict[str, list[RoutingCommand]] = {
    "unknown": [ONE, online("a1")],
    "pending": [ONE, request(1)],
    "reserved": [ONE, online("a1"), request(1)],
    "assigned": [ONE, online("a1"), request(1), accept("a1", 1)],
    "wrapping": [ONE, online("a1"), request(1), accept("a1", 1), cancel(1)],
    "over": [ONE, online("a1"), request(1), accept("a1", 1), complete("a1", 1)],
}
BY_HAND: dict[str, RoutingCommand] = {
    "transfer": asked(transfer("a1", 1, queue="q")),
    "move": asked(move(1, "r")),
    "assign": asked(assign(1, "a2")),
    "prioritize": prioritize(1, 0),
    "force": force("a1", Presence.CUSTOM, "training"),
    "listen": listen(1),
    "explain": explain(1),
    "late": asked(accept("a1", 1), until_ms=1),
    "in time": asked(accept("a1", 1), until_ms=2**50),
}
"""What people do beside the usual way."""

COMMANDS: dict[str, RoutingCommand] = {
    "request": request(1),
    "accept": accept("a1", 1),
    "stale accept": accept("a1", 1, epoch=0),
    "reject": reject("a1", 1),
    "stale reject": reject("a1", 1, epoch=7),
    "complete": complete("a1", 1),
    "cancel": cancel(1),
    "forget": forget(1),
    "agent offline": presence("a1", Presence.OFFLINE, socket=""),
    "removed": config(version=2),
}
