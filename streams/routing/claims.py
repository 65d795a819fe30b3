"""Calls beside chats: an agent who holds chats takes no more of them, to be free for a call that waits."""

from schemas.audit import Decided
from streams.routing.decision import Decision
from streams.routing.pool import Pool
from streams.routing.state import AgentStatus, Contact
from streams.routing.supply import EXCLUSIVE


def who_drains(pool: Pool, contact: Contact, now_ms: int) -> AgentStatus | None:
    """Who holds the fewest chats, of the agents who hold some, have room for more and may serve the call."""
    supply = pool.slots.counted()
    mask = pool.waiting.mask(contact) & supply.drainable
    while mask:
        bit = supply.least_loaded(mask)
        agent = pool.agent_at(bit)
        ready = agent.lease_ms > now_ms >= agent.rests_ms
        if ready and contact.may_be_claimed(agent.agent_id, now_ms):
            return agent
        mask &= ~(1 << bit)
    return None


def claim_for(decision: Decision, contact: Contact) -> None:
    """Somebody drains for a call that nobody is free for, if anybody can."""
    if contact.channel in EXCLUSIVE and not contact.claimed_by:
        agent = who_drains(decision.pool, contact, decision.at_ms)
        if agent is not None:
            claim(decision, contact, agent)


def claim(decision: Decision, contact: Contact, agent: AgentStatus) -> None:
    """The agent takes nothing else until it is free for the call, or the time for that is over."""
    config = decision.pool.config
    decision.pool.claim(contact, agent, decision.after(config.drain_s if config else 0.0))
    decision.record(Decided.CLAIMED, contact, agent.agent_id, "drains")


def release(decision: Decision, contact: Contact, reason: str) -> AgentStatus | None:
    """Nobody drains for the contact any more. Who did is to be matched by the caller, in the end."""
    if not contact.claimed_by:
        return None
    agent = decision.pool.unclaim(contact)
    decision.record(Decided.UNCLAIMED, contact, agent.agent_id, reason)
    return agent
