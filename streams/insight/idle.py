"""Who waits although an agent is free: the rules of matching once more, without any index."""

from collections.abc import Iterator

from schemas.config import Agent
from schemas.states import ContactState, Presence
from streams.routing.pool import Pool
from streams.routing.state import Contact
from streams.routing.supply import EXCLUSIVE


def idle_pairs(pool: Pool, now_ms: int) -> Iterator[tuple[str, str]]:
    """Contacts that wait and an agent each who has room for it and may serve it; none while offers are
    paused."""
    free = list(_free(pool, now_ms))
    if not free or pool.offers_paused:
        return
    pending = [one for one in pool.contacts.values() if one.state is ContactState.PENDING]
    draining = {contact.claimed_by for contact in pending}
    answers: dict[object, str] = {}
    for contact in pending:
        left_out = frozenset(agent for agent, until_ms in contact.paused.items() if until_ms > now_ms)
        like = (contact.queue, contact.channel, contact.synthetic, contact.preferred, contact.needs, left_out)
        if like not in answers:
            fits = (agent.id for agent, load in free if _serves(agent, load, contact, left_out, draining))
            answers[like] = next(fits, "")
        if answers[like]:
            yield contact.contact_id, answers[like]


def _free(pool: Pool, now_ms: int) -> Iterator[tuple[Agent, int]]:
    """Agents with room for something, and how many contacts they hold."""
    for status in pool.agents.values():
        agent = pool.configured(status.agent_id)
        if agent is None or status.presence is not Presence.ROUTABLE or status.lease_ms <= now_ms:
            continue
        held = pool.held_by(agent.id)
        if len(held) < agent.capacity and not any(one.channel in EXCLUSIVE for one in held):
            yield agent, len(held)


def _serves(agent: Agent, load: int, contact: Contact, left_out: frozenset[str], draining: set[str]) -> bool:
    """Whether the agent, who has room for a chat, may be offered the contact. Who drains for a call takes
    nothing else."""
    if contact.channel not in agent.channels or contact.queue not in agent.queues or agent.id in left_out:
        return False
    if contact.synthetic is not agent.synthetic or (contact.channel in EXCLUSIVE and load):
        return False
    if agent.id in draining and contact.claimed_by != agent.id:
        return False
    if contact.preferred:
        return contact.preferred == agent.id
    return all(agent.skills.get(skill.skill, 0) >= skill.level for skill in contact.needs)
