"""Matching: which agent gets which contact. Oldest contact first, longest-idle agent first."""

from schemas.conversation import ContactAssigned, ContactOffered
from schemas.routing import AssignmentMade, OfferMade
from schemas.states import ContactState, Presence
from streams.routing.decision import Decision
from streams.routing.state import AgentStatus, Contact


def match_contact(decision: Decision, contact: Contact) -> bool:
    """Offers the contact to the best free agent; False when there is none."""
    free = [
        agent
        for agent in decision.pool.agents.values()
        if serves(decision, agent, contact) and free_slots(decision, agent) > 0
    ]
    if not free:
        return False
    offer(decision, contact, min(free, key=lambda agent: (agent.idle_since_ms, agent.agent_id)))
    return True


def match_agent(decision: Decision, agent: AgentStatus) -> None:
    """Fills the agent's free slots with the contacts that wait longest."""
    room = free_slots(decision, agent)
    if room <= 0:
        return
    for contact in decision.pool.pending():
        if serves(decision, agent, contact):
            offer(decision, contact, agent)
            room -= 1
            if not room:
                return


def free_slots(decision: Decision, agent: AgentStatus) -> int:
    """How many contacts the agent can be offered now."""
    configured = decision.pool.configured(agent.agent_id)
    takes = agent.presence is Presence.ROUTABLE and agent.lease_ms > decision.at_ms
    if configured is None or not takes:
        return 0
    return configured.capacity - len(decision.pool.held_by(agent.agent_id))


def serves(decision: Decision, agent: AgentStatus, contact: Contact) -> bool:
    """Whether the contact is of a kind that the agent may be offered."""
    configured = decision.pool.configured(agent.agent_id)
    return (
        configured is not None
        and contact.queue in configured.queues
        and contact.synthetic == configured.synthetic
        and contact.paused.get(agent.agent_id, 0) <= decision.at_ms
    )


def offer(decision: Decision, contact: Contact, agent: AgentStatus) -> None:
    """Reserves a slot of the agent under a new epoch; in a queue with auto_accept it is assigned at once."""
    queue = decision.pool.queue(contact.queue)
    assert queue is not None
    contact.state, contact.agent_id = ContactState.RESERVED, agent.agent_id
    contact.offer_epoch += 1
    if queue.auto_accept:
        assign(decision, contact, agent)
        return
    contact.deadline_ms = decision.after(queue.offer_timeout_s)
    decision.tell_agent(
        OfferMade,
        agent,
        contact_id=contact.contact_id,
        session_id=contact.session_id,
        customer_id=contact.customer_id,
        queue=contact.queue,
        offer_epoch=contact.offer_epoch,
        timeout_s=queue.offer_timeout_s,
    )
    decision.tell_conversation(ContactOffered, contact, agent_id=agent.agent_id)
    decision.record("offered", contact, agent.agent_id, "longest_idle")


def assign(decision: Decision, contact: Contact, agent: AgentStatus) -> None:
    """The contact is the agent's."""
    configured = decision.pool.configured(agent.agent_id)
    contact.state, contact.deadline_ms = ContactState.ASSIGNED, None
    decision.tell_agent(
        AssignmentMade,
        agent,
        contact_id=contact.contact_id,
        session_id=contact.session_id,
        customer_id=contact.customer_id,
        queue=contact.queue,
        offer_epoch=contact.offer_epoch,
    )
    name = configured.name if configured else ""
    decision.tell_conversation(ContactAssigned, contact, agent_id=agent.agent_id, agent_name=name)
    decision.record("assigned", contact, agent.agent_id)
