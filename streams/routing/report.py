"""What a pool says of itself twice a second: who waits, for how long, and what its agents do.

Decided by nobody and read by no decision: it changes nothing, not even what estimates are made from.
"""

from collections import Counter
from collections.abc import Iterable

from msgspec.structs import replace

from schemas.states import ContactState, Presence
from schemas.summary import AgentsState, PoolReport, QueueState
from streams.harness.decider import Moment
from streams.routing.pool import Pool
from streams.routing.state import HOLDING, NOT_RESPONDING, AgentStatus, Contact

_PRIORITY = 5
_STATES = {
    ContactState.ASSIGNED: "serving",
    ContactState.WRAPPING: "wrapping_up",
    ContactState.RESERVED: "offered",
}
_SAYS_MOST = tuple(_STATES)
"""What an agent is doing who holds several contacts: the first of these states that one of them is in."""


def report(pool: Pool, at: Moment) -> PoolReport | None:
    """The pool as of then; None for one without configuration."""
    if pool.config is None:
        return None
    waiting: dict[str, list[int]] = {name: [] for name in pool.queues}
    holding: dict[str, ContactState] = {}
    for contact in pool.contacts.values():
        if contact.state in HOLDING:
            _note(holding, contact)
        elif not contact.synthetic and contact.queue in waiting:
            waiting[contact.queue].append(contact.enqueued_ms)
    queues = tuple(_queue(pool, name, since, at.at_ms) for name, since in waiting.items())
    return PoolReport(pool=pool.name, at_ms=at.appended_ms, queues=queues, agents=_agents(pool, holding))


def _note(holding: dict[str, ContactState], contact: Contact) -> None:
    known = holding.get(contact.agent_id, contact.state)
    holding[contact.agent_id] = min(known, contact.state, key=_SAYS_MOST.index)


def _queue(pool: Pool, name: str, since_ms: Iterable[int], now_ms: int) -> QueueState:
    came = list(since_ms)
    flow, slots = pool.flows.get(name), pool.supply.slots(name)
    aging_s = pool.queues[name].aging_s
    # A copy: an estimate leaves rates behind, which the next decision would find.
    told = replace(flow).estimate(len(came) + 1, now_ms, slots, _PRIORITY, aging_s) if flow else None
    return QueueState(
        queue=name,
        waiting=len(came),
        longest_wait_s=max(0, now_ms - min(came)) / 1000 if came else 0.0,
        estimated_wait_s=told.p50_s if told else None,
        estimated_wait_high_s=told.p90_s if told else None,
    )


def _agents(pool: Pool, holding: dict[str, ContactState]) -> AgentsState:
    counts = Counter(
        _STATES[holding[agent_id]] if agent_id in holding else _free(pool.agents.get(agent_id))
        for agent_id, configured in pool.people.items()
        if not configured.synthetic
    )
    return AgentsState(**counts)


def _free(agent: AgentStatus | None) -> str:
    if agent is None or agent.presence is Presence.OFFLINE:
        return "offline"
    if agent.presence is Presence.ROUTABLE:
        return "available"
    return "not_responding" if agent.reason == NOT_RESPONDING else "away"
