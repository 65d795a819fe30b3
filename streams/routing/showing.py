"""The whole pool at once, for a supervisor who begins to watch it. Changes nothing."""

from collections.abc import Iterator
from heapq import nsmallest
from operator import attrgetter

from schemas.pool_view import AgentView, ContactView, PoolView, QueueView
from schemas.routing import ShowPool
from schemas.states import ContactState, Presence, Verdict
from streams.routing.contacts import refuse
from streams.routing.decision import Decision
from streams.routing.pool import Pool
from streams.routing.state import AgentStatus, Contact

MOST_AGENTS = 500
MOST_CONTACTS = 1_000
"""So many are told of: an answer must stay below the largest record."""


def show(decision: Decision, command: ShowPool) -> None:
    """Answers whoever waits."""
    if decision.pool.config is None:
        refuse(decision, command, "unknown_pool")
    else:
        decision.answer(command, Verdict.ACCEPTED, view=_view(decision))


def _view(decision: Decision) -> PoolView:
    pool, now_ms = decision.pool, decision.at_ms
    there = [agent for _, agent in sorted(pool.agents.items()) if _counts(pool, agent)]
    contacts = nsmallest(MOST_CONTACTS, pool.contacts.values(), key=_held_first)
    return PoolView(
        pool=pool.name,
        seq=pool.said,
        at_ms=decision.moment.appended_ms,
        queues=tuple(_queues(pool, now_ms)),
        agents=tuple(_agent(pool, agent) for agent in there[:MOST_AGENTS]),
        contacts=tuple(_contact(contact, now_ms) for contact in contacts),
        more_agents=max(0, len(there) - MOST_AGENTS),
        more_contacts=max(0, len(pool.contacts) - MOST_CONTACTS),
    )


def _counts(pool: Pool, agent: AgentStatus) -> bool:
    return agent.presence is not Presence.OFFLINE or pool.load(agent.agent_id) > 0


def _held_first(contact: Contact) -> tuple[bool, int]:
    return contact.state is ContactState.PENDING, contact.order


def _queues(pool: Pool, now_ms: int) -> Iterator[QueueView]:
    since: dict[str, list[int]] = {name: [] for name in pool.queues}
    for contact in pool.contacts.values():
        if contact.state is ContactState.PENDING and not contact.synthetic:
            since[contact.queue].append(contact.enqueued_ms)
    for name, waiting in since.items():
        longest_ms = now_ms - min(waiting, default=now_ms)
        yield QueueView(queue=name, waiting=len(waiting), longest_wait_s=longest_ms / 1000)


def _agent(pool: Pool, agent: AgentStatus) -> AgentView:
    configured = pool.people.get(agent.agent_id)
    return AgentView(
        agent_id=agent.agent_id,
        presence=agent.presence,
        reason=agent.reason,
        capacity=configured.capacity if configured else 0,
        held=tuple(map(attrgetter("contact_id"), pool.held_by(agent.agent_id))),
        synthetic=configured is not None and configured.synthetic,
    )


def _contact(contact: Contact, now_ms: int) -> ContactView:
    return ContactView(
        contact_id=contact.contact_id,
        customer_id=contact.customer_id,
        queue=contact.queue,
        state=contact.state,
        channel=contact.channel,
        priority=contact.priority,
        agent_id=contact.agent_id,
        offer_epoch=contact.offer_epoch,
        waited_s=(now_ms - contact.enqueued_ms) / 1000,
        listeners=contact.listeners,
        synthetic=contact.synthetic,
    )
