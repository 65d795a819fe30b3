"""What time does to a pool: offers missed, wrap-ups over, leases ended, agents back."""

from collections.abc import Iterator

from schemas.states import ContactState, Presence
from streams.harness.decider import FOREVER_S
from streams.routing.agents import come_back, go_offline, miss_offer
from streams.routing.contacts import finish
from streams.routing.decision import Decision
from streams.routing.matching import match_agent
from streams.routing.state import LEASE_OVER, AgentStatus, Contact, Pool

DEFAULT_DISPOSITION = "wrap_up_timeout"


def due_ms(pool: Pool) -> int | None:
    """When the pool next needs a tick."""
    return min(_times(pool), default=None)


def run_timers(decision: Decision) -> None:
    """Everything that is due, in the order of time, then id."""
    pool, now = decision.pool, decision.at_ms
    for agent in sorted(pool.agents.values(), key=lambda agent: (_lost_ms(pool, agent), agent.agent_id)):
        if agent.presence is not Presence.OFFLINE and _lost_ms(pool, agent) <= now:
            go_offline(decision, agent, LEASE_OVER)
    due = [c for c in pool.contacts.values() if c.deadline_ms is not None and c.deadline_ms <= now]
    for contact in sorted(due, key=lambda contact: (contact.deadline_ms or 0, contact.contact_id)):
        _deadline(decision, contact)
    back = [a for a in pool.agents.values() if a.returns_ms is not None and a.returns_ms <= now]
    for agent in sorted(back, key=lambda agent: (agent.returns_ms or 0, agent.agent_id)):
        come_back(decision, agent)
    _end_pauses(decision)


def _deadline(decision: Decision, contact: Contact) -> None:
    if contact.deadline_ms is None or contact.deadline_ms > decision.at_ms:
        return  # changed by what was decided before it in this tick
    agent = decision.pool.agents[contact.agent_id]
    if contact.state is ContactState.WRAPPING:
        finish(decision, contact, agent, "wrap_up_timeout", DEFAULT_DISPOSITION)
        return
    assert decision.pool.config is not None
    miss_offer(decision, agent, contact, decision.pool.config.not_responding_s)


def _end_pauses(decision: Decision) -> None:
    ended = False
    for contact in decision.pool.contacts.values():
        over = [agent for agent, until in contact.paused.items() if until <= decision.at_ms]
        if over:
            contact.paused = {a: u for a, u in contact.paused.items() if a not in over}
            ended = True
    if ended:
        for agent in sorted(decision.pool.agents.values(), key=lambda a: (a.idle_since_ms, a.agent_id)):
            match_agent(decision, agent)


def _lost_ms(pool: Pool, agent: AgentStatus) -> int:
    grace_s = pool.config.lease_grace_s if pool.config else 0.0
    return agent.lease_ms + int(min(grace_s, FOREVER_S) * 1000)


def _times(pool: Pool) -> Iterator[int]:
    for contact in pool.contacts.values():
        if contact.deadline_ms is not None:
            yield contact.deadline_ms
        yield from contact.paused.values()
    for agent in pool.agents.values():
        if agent.presence is not Presence.OFFLINE:
            yield _lost_ms(pool, agent)
        if agent.returns_ms is not None:
            yield agent.returns_ms
