"""The same rules without any index: every question is answered by looking at everything."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from schemas.states import Channel, Choice, Presence
from streams.routing import claims, matching
from streams.routing.clockwork import Clockwork, Kind
from streams.routing.pool import Pool
from streams.routing.state import HOLDING, AgentStatus, Contact
from streams.routing.waiting import Waiting


def room(pool: Pool, agent: AgentStatus, channel: Channel, now_ms: int) -> bool:
    """Whether the agent can take one more contact of the channel now."""
    configured = (
        next((one for one in pool.config.agents if one.id == agent.agent_id), None) if pool.config else None
    )
    if configured is None or channel not in configured.channels:
        return False
    if agent.presence is not Presence.ROUTABLE or agent.lease_ms <= now_ms:
        return False
    held = _held(pool, agent)
    if any(one.channel is Channel.VOICE for one in held):
        return False
    if channel is Channel.VOICE:
        return not held
    if any(one.claimed_by == agent.agent_id for one in pool.contacts.values()):
        return False
    return len(held) < configured.capacity


def _held(pool: Pool, agent: AgentStatus) -> list[Contact]:
    return [one for one in pool.contacts.values() if one.state in HOLDING and one.agent_id == agent.agent_id]


def may_drain(pool: Pool, agent: AgentStatus, contact: Contact, now_ms: int) -> bool:
    """Whether the agent, who holds chats, could stop taking them for this call."""
    if (
        contact.channel is not Channel.VOICE
        or contact.claimed_by
        or not pool.config
        or not pool.config.drain_s
    ):
        return False
    if agent.rests_ms > now_ms:
        return False
    has_chats = bool(_held(pool, agent)) and room(pool, agent, Channel.CHAT, now_ms)
    return has_chats and may(pool, agent, contact, now_ms)


def who_drains(pool: Pool, contact: Contact, now_ms: int) -> AgentStatus | None:
    """Who stops taking chats for a call."""
    able = [agent for agent in pool.agents.values() if may_drain(pool, agent, contact, now_ms)]
    return min(
        able,
        key=lambda agent: (len(_held(pool, agent)), agent.idle_since_ms, agent.agent_id),
        default=None,
    )


def may(pool: Pool, agent: AgentStatus, contact: Contact, now_ms: int) -> bool:
    """Whether the contact may be offered to the agent, room left aside."""
    assert pool.config is not None
    configured = next((one for one in pool.config.agents if one.id == agent.agent_id), None)
    if configured is None or contact.queue not in configured.queues:
        return False
    if contact.channel not in configured.channels or contact.synthetic != configured.synthetic:
        return False
    if contact.paused.get(agent.agent_id, 0) > now_ms:
        return False
    if contact.step == -1:
        return contact.preferred_agent == agent.agent_id
    wanted = contact.skills if contact.step == 0 else ()
    if 0 < contact.step <= len(contact.relaxed):
        wanted = contact.relaxed[contact.step - 1].skills
    return all(configured.skills.get(one.skill, 0) >= one.level for one in wanted)


def free_pairs(pool: Pool, now_ms: int) -> list[tuple[str, str]]:
    """Who waits although an agent is free for it."""
    return [
        (contact.contact_id, agent.agent_id)
        for contact in pool.pending()
        for agent in pool.agents.values()
        if may(pool, agent, contact, now_ms) and room(pool, agent, contact.channel, now_ms)
    ]


def next_contact(pool: Pool, agent: AgentStatus, now_ms: int) -> Contact | None:
    """Whom the agent serves next: lowest rank, then priority with age, then arrival."""
    configured = pool.configured(agent.agent_id)
    fitting = [
        contact
        for contact in pool.pending()
        if may(pool, agent, contact, now_ms)
        and (room(pool, agent, contact.channel, now_ms) or may_drain(pool, agent, contact, now_ms))
    ]
    if configured is None or not fitting:
        return None
    return min(fitting, key=lambda one: (configured.ranks.get(one.queue, 1), one.key_ms, one.sequence))


def best_agent(pool: Pool, contact: Contact, now_ms: int) -> AgentStatus | None:
    """Who gets the contact."""
    queue = pool.queue(contact.queue)
    fitting = [
        agent
        for agent in pool.agents.values()
        if may(pool, agent, contact, now_ms) and room(pool, agent, contact.channel, now_ms)
    ]
    if not fitting or queue is None:
        return None

    def held(agent: AgentStatus) -> int:
        return len(_held(pool, agent))

    def levels(agent: AgentStatus) -> list[int]:
        configured = pool.configured(agent.agent_id)
        return [-(configured.skills.get(one.skill, 0) if configured else 0) for one in contact.skills]

    def idle(agent: AgentStatus) -> tuple[int, str]:
        return agent.idle_since_ms, agent.agent_id

    match queue.choice:
        case Choice.LEAST_LOADED:
            return min(fitting, key=lambda agent: (held(agent), *idle(agent)))
        case Choice.HIGHEST_PROFICIENCY:
            return min(fitting, key=lambda agent: (levels(agent), *idle(agent)))
        case Choice.ROUND_ROBIN:
            last = pool.turns.get(queue.name, "")
            return min(fitting, key=lambda agent: (agent.agent_id <= last, agent.agent_id))
        case _:
            return min(fitting, key=idle)


@contextmanager
def unindexed() -> Iterator[None]:
    """All that is decided meanwhile is decided so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "best_agent", best_agent)
        patch.setattr(matching, "next_contact", next_contact)
        patch.setattr(claims, "who_drains", who_drains)
        patch.setattr(Clockwork, "next_ms", _next_ms)
        patch.setattr(Clockwork, "pop", _pop)
        patch.setattr(Waiting, "position", _position)
        yield


def _every_time(clockwork: Clockwork) -> list[tuple[int, Kind, int]]:
    pool: Pool = clockwork._due_of.__self__  # type: ignore[attr-defined]
    agents = [pool.supply.bits[name] for name in pool.agents if name in pool.supply.bits]
    contacts = [contact.sequence for contact in pool.contacts.values()]
    queues = list(range(len(pool.queues)))
    whom = {Kind.AGENT_LOST: agents, Kind.RETURN: agents, Kind.TELL: queues, Kind.SWITCH: [0, 1]}
    times = [(clockwork._due_of(kind, of), kind, of) for kind in Kind for of in whom.get(kind, contacts)]
    return [(due_ms, kind, of) for due_ms, kind, of in times if due_ms is not None]


def _next_ms(clockwork: Clockwork) -> int | None:
    return min(_every_time(clockwork), default=(None,))[0]


def _pop(clockwork: Clockwork, now_ms: int) -> tuple[Kind, int] | None:
    due_ms, kind, of = min(_every_time(clockwork), default=(now_ms + 1, Kind.STEP, 0))
    return (kind, of) if due_ms <= now_ms else None


def _position(waiting: Waiting, contact: Contact) -> int:
    mates = [
        one
        for one in waiting._contacts.values()
        if (one.queue, one.synthetic) == (contact.queue, contact.synthetic)
    ]
    return 1 + sum(one.order < contact.order for one in mates)
