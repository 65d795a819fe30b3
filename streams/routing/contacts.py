"""A contact's way: requested, offered, accepted or returned, completed or canceled."""

from schemas.conversation import ContactEnded, ContactQueued, ContactRequeued
from schemas.ids import session_of
from schemas.routing import (
    AcceptOffer,
    AssignmentEnded,
    ByAgent,
    CancelContact,
    CommandRefused,
    CompleteContact,
    OfferEnded,
    RejectOffer,
    RequestContact,
)
from schemas.states import ContactState
from streams.routing.decision import Decision
from streams.routing.matching import assign, match_agent, match_contact
from streams.routing.state import HOLDING, AgentStatus, Contact


def request(decision: Decision, command: RequestContact) -> None:
    """A new contact: offered at once, or queued. A known one changes nothing."""
    if command.contact_id in decision.pool.contacts:
        return
    contact = Contact(
        contact_id=command.contact_id,
        session_id=command.session_id,
        customer_id=command.customer_id,
        queue=command.queue,
        channel=command.channel,
        priority=command.priority,
        skills=command.skills,
        synthetic=command.synthetic,
        enqueued_ms=decision.at_ms,
    )
    if decision.pool.queue(command.queue) is None:
        _say_canceled(decision, contact, "refused")
        return
    decision.pool.contacts[contact.contact_id] = contact
    decision.record("enqueued", contact)
    if not match_contact(decision, contact):
        waiting = decision.pool.pending(contact.queue)
        decision.tell_conversation(ContactQueued, contact, position=waiting.index(contact) + 1)


def accept(decision: Decision, command: AcceptOffer) -> None:
    """The agent takes the offer, if it still stands."""
    contact = decision.pool.contacts.get(command.contact_id)
    agent = decision.pool.agents.get(command.agent_id)
    if not contact or not agent or not _offered(contact, command.agent_id, command.offer_epoch):
        refuse(decision, command, "stale_offer")
        return
    assign(decision, contact, agent)


def reject(decision: Decision, command: RejectOffer) -> None:
    """Back with its age, and not to this agent again for a while."""
    contact = decision.pool.contacts.get(command.contact_id)
    agent = decision.pool.agents.get(command.agent_id)
    if not contact or not agent or not _offered(contact, command.agent_id, command.offer_epoch):
        refuse(decision, command, "stale_offer")
        return
    decision.tell_agent(OfferEnded, agent, contact_id=contact.contact_id, reason="rejected")
    requeue(decision, contact, "rejected", pause=True)
    match_agent(decision, agent)


def complete(decision: Decision, command: CompleteContact) -> None:
    """The agent is done: the slot is free and filled again in the same decision."""
    contact = decision.pool.contacts.get(command.contact_id)
    agent = decision.pool.agents.get(command.agent_id)
    served = (ContactState.ASSIGNED, ContactState.WRAPPING)
    if not contact or not agent or contact.agent_id != command.agent_id or contact.state not in served:
        refuse(decision, command, "not_held")
        return
    finish(decision, contact, agent, "agent", command.disposition, command.note)


def finish(
    decision: Decision, contact: Contact, agent: AgentStatus, reason: str, disposition: str, note: str = ""
) -> None:
    """The contact is completed."""
    contact.state = ContactState.COMPLETED
    del decision.pool.contacts[contact.contact_id]
    agent.idle_since_ms = decision.at_ms
    decision.tell_agent(AssignmentEnded, agent, contact_id=contact.contact_id, reason="completed")
    decision.tell_conversation(
        ContactEnded,
        contact,
        outcome="completed",
        reason=reason,
        agent_id=agent.agent_id,
        disposition=disposition,
        note=note,
    )
    decision.record("completed", contact, agent.agent_id, reason)
    match_agent(decision, agent)


def cancel(decision: Decision, command: CancelContact) -> None:
    """The conversation needs no agent any more. Who serves it wraps up; else it is over."""
    contact = decision.pool.contacts.get(command.contact_id)
    if contact is None:
        _say_unknown(decision, command.contact_id)
    elif contact.state is ContactState.ASSIGNED:
        _wrap_up(decision, contact, command.reason)
    elif contact.state is not ContactState.WRAPPING:
        _release(decision, contact, "rescinded")
        _say_canceled(decision, contact, command.reason)


def forget(decision: Decision, contact_id: str) -> None:
    """The conversation is gone: free the slot, tell nobody but the agent."""
    contact = decision.pool.contacts.get(contact_id)
    if contact is not None:
        _release(decision, contact, "conversation_gone")
        decision.record("canceled", contact, reason="conversation_gone")


def requeue(decision: Decision, contact: Contact, reason: str, *, pause: bool) -> None:
    """The contact waits again, with its age; with `pause` its last agent is left out for a while."""
    agent_id = contact.agent_id
    queue = decision.pool.queue(contact.queue)
    if pause and queue:
        contact.paused = contact.paused | {agent_id: decision.after(queue.reject_pause_s)}
    contact.state, contact.agent_id, contact.deadline_ms = ContactState.PENDING, "", None
    decision.tell_conversation(ContactRequeued, contact, reason=reason)
    decision.record("requeued", contact, agent_id, reason)
    match_contact(decision, contact)


def refuse(decision: Decision, command: ByAgent, reason: str) -> None:
    """Says to the agent that the command changed nothing."""
    agent = decision.pool.agents.get(command.agent_id)
    if agent is not None:
        decision.tell_agent(CommandRefused, agent, request_id=command.request_id, reason=reason)
    decision.record("refused", agent_id=command.agent_id, reason=reason)


def _offered(contact: Contact, agent_id: str, epoch: int) -> bool:
    return (contact.state, contact.agent_id, contact.offer_epoch) == (ContactState.RESERVED, agent_id, epoch)


def _wrap_up(decision: Decision, contact: Contact, reason: str) -> None:
    queue = decision.pool.queue(contact.queue)
    contact.state = ContactState.WRAPPING
    contact.deadline_ms = decision.after(queue.wrap_up_s if queue else 0.0)
    agent = decision.pool.agents[contact.agent_id]
    decision.tell_agent(AssignmentEnded, agent, contact_id=contact.contact_id, reason="wrapping")
    decision.record("wrapping", contact, contact.agent_id, reason)


def _release(decision: Decision, contact: Contact, reason: str) -> None:
    """Takes the contact out of the pool, and out of its agent's slot."""
    held, was = contact.state in HOLDING, contact.state
    del decision.pool.contacts[contact.contact_id]
    if not held:
        return
    agent = decision.pool.agents[contact.agent_id]
    kind = OfferEnded if was is ContactState.RESERVED else AssignmentEnded
    decision.tell_agent(kind, agent, contact_id=contact.contact_id, reason=reason)
    decision.record("released", contact, agent.agent_id, reason)
    match_agent(decision, agent)


def _say_unknown(decision: Decision, contact_id: str) -> None:
    """The conversation waits for the end of a contact that is over, or never came: it must hear of one."""
    session = session_of(contact_id)
    unknown = Contact(contact_id=contact_id, session_id=session, customer_id="", queue="", enqueued_ms=0)
    decision.tell_conversation(ContactEnded, unknown, outcome="canceled", reason="unknown")


def _say_canceled(decision: Decision, contact: Contact, reason: str) -> None:
    contact.state = ContactState.CANCELED
    decision.tell_conversation(ContactEnded, contact, outcome="canceled", reason=reason)
    decision.record("canceled", contact, reason=reason)
