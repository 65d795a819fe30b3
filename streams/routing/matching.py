"""Matching: which agent gets which contact."""

from schemas.assignments import AssignmentMade, OfferMade
from schemas.audit import Decided
from schemas.config import Queue
from schemas.conversation import ContactAssigned, ContactOffered
from schemas.states import Choice, ContactState, OfferState
from streams.routing import flows
from streams.routing.claims import claim, claim_for, release
from streams.routing.decision import Decision
from streams.routing.estimates import Left
from streams.routing.pool import Pool
from streams.routing.state import AgentStatus, Contact
from streams.routing.supply import CHANNELS, EXCLUSIVE


def match_contact(decision: Decision, contact: Contact) -> bool:
    """Offers the contact, which waits, to the best free agent; False when there is none. For a call, one who
    holds chats may drain then."""
    pool = decision.pool
    if not decision.matches or pool.offers_paused:
        return False
    agent = best_agent(pool, contact, decision.at_ms)
    queue = pool.queues.get(contact.queue)
    if agent is None or queue is None:
        claim_for(decision, contact)
        return False
    offer(decision, contact, agent, queue.choice)
    return True


def best_agent(pool: Pool, contact: Contact, now_ms: int) -> AgentStatus | None:
    """Of the free agents who may serve a contact that waits, the one that its queue chooses."""
    queue, supply = pool.queues.get(contact.queue), pool.slots.counted()
    bits = supply.bits
    mask = pool.waiting.mask(contact) & supply.room[CHANNELS.index(contact.channel)]
    for agent_id, until_ms in contact.paused.items():
        if until_ms > now_ms and agent_id in bits:
            mask &= ~(1 << bits[agent_id])
    while mask and queue:
        bit = _chosen(pool, contact, queue, mask)
        agent = pool.agent_at(bit)
        if agent.lease_ms > now_ms:
            return agent
        mask &= ~(1 << bit)
    return None


def match_agent(decision: Decision, agent: AgentStatus) -> None:
    """Fills the agent's free slots, each with the contact that comes first for this agent; where this is a
    call and chats are held, the agent takes no more of them."""
    pool = decision.pool
    if pool.offers_paused:
        return
    call = pool.slots.claim_of(agent.agent_id)
    if call is not None:
        if not pool.load(agent.agent_id) and agent.lease_ms > decision.at_ms:
            _end_drain(decision, agent, call)
        return
    while contact := next_contact(pool, agent, decision.at_ms):
        if contact.channel in EXCLUSIVE and pool.load(agent.agent_id):
            claim(decision, contact, agent)
            return
        offer(decision, contact, agent, "next_in_line")


def _end_drain(decision: Decision, agent: AgentStatus, call: Contact) -> None:
    """Free for a call: the first one in line, whichever the agent drained for."""
    first = next_contact(decision.pool, agent, decision.at_ms) or call
    if first is not call:
        release(decision, call, "another_first")
    offer(decision, first, agent, "drained")
    if first is not call:
        claim_for(decision, call)


def next_contact(pool: Pool, agent: AgentStatus, now_ms: int) -> Contact | None:
    """Whom the agent is to be offered next, or is to drain for, if there is anybody."""
    if agent.lease_ms <= now_ms or pool.people.get(agent.agent_id) is None:
        return None
    return pool.best_for(agent, now_ms)


def _chosen(pool: Pool, contact: Contact, queue: Queue, mask: int) -> int:
    supply = pool.supply
    choice = queue.choice
    if choice is Choice.LONGEST_IDLE:
        return supply.longest_idle(mask)
    if choice is Choice.LEAST_LOADED:
        return supply.least_loaded(mask)
    if choice is Choice.ROUND_ROBIN:
        return supply.next_after(mask, pool.turns.get(queue.name, ""))
    return supply.highest_proficiency(mask, contact.skills)


def offer(decision: Decision, contact: Contact, agent: AgentStatus, reason: str, by: str = "") -> None:
    """Reserves a slot of the agent under a new epoch; in a queue with auto_accept it is assigned at once."""
    queue = decision.pool.queues.get(contact.queue)
    assert queue is not None
    former = release(decision, contact, reason) if contact.claimed_by else None
    decision.pool.hold(contact, agent, decision.at_ms)
    flows.left(decision, contact, contact.queue, Left.OFFERED)
    decision.pool.turns[contact.queue] = agent.agent_id
    contact.offer_epoch += 1
    if queue.auto_accept:
        assign(decision, contact, agent, by)
    else:
        _ask(decision, contact, agent, queue, reason, by)
    contact.said = None
    if former is not None and former is not agent:
        match_agent(decision, former)


def _ask(
    decision: Decision, contact: Contact, agent: AgentStatus, queue: Queue, reason: str, by: str
) -> None:
    decision.pool.until(contact, decision.after(queue.offer_timeout_s))
    session, pool = contact.session_id, decision.pool
    # Made here and not by tell_agent and tell_conversation: the most frequent of all outputs.
    decision.feed(
        OfferMade(
            agent_id=agent.agent_id,
            seq=decision.next_seq(agent),
            contact_id=contact.contact_id,
            session_id=session,
            customer_id=contact.customer_id,
            queue=contact.queue,
            offer_epoch=contact.offer_epoch,
            timeout_s=queue.offer_timeout_s,
            transfer=contact.transfer,
            channel=contact.channel,
            attributes=contact.attributes,
        )
    )
    decision.pass_on(
        ContactOffered(
            session_id=session,
            contact_id=contact.contact_id,
            pool=pool.name,
            pool_partition=pool.partition,
            agent_id=agent.agent_id,
        )
    )
    decision.record(Decided.OFFERED, contact, agent.agent_id, reason, offer=OfferState.PENDING, by=by)


def assign(decision: Decision, contact: Contact, agent: AgentStatus, by: str = "") -> None:
    """The contact is the agent's; `by` a supervisor's hand, or the line's turn."""
    configured = decision.pool.people.get(agent.agent_id)
    contact.state, contact.deadline_ms = ContactState.ASSIGNED, None
    session, pool = contact.session_id, decision.pool
    decision.feed(
        AssignmentMade(
            agent_id=agent.agent_id,
            seq=decision.next_seq(agent),
            contact_id=contact.contact_id,
            session_id=session,
            customer_id=contact.customer_id,
            queue=contact.queue,
            offer_epoch=contact.offer_epoch,
            transfer=contact.transfer,
            channel=contact.channel,
            attributes=contact.attributes,
        )
    )
    decision.pass_on(
        ContactAssigned(
            session_id=session,
            contact_id=contact.contact_id,
            pool=pool.name,
            pool_partition=pool.partition,
            agent_id=agent.agent_id,
            agent_name=configured.name if configured else "",
        )
    )
    decision.record(Decided.ASSIGNED, contact, agent.agent_id, offer=OfferState.ACCEPTED, by=by)
    contact.joined_ms = contact.told = None
