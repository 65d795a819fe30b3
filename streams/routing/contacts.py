"""A contact's way: requested, offered, accepted or returned, completed or canceled."""

from schemas.assignments import AssignmentEnded, CommandRefused, OfferEnded
from schemas.audit import Decided
from schemas.conversation import ContactEnded, ContactRequeued
from schemas.ids import session_of
from schemas.routing import (
    AcceptOffer,
    ByAgent,
    BySupervisor,
    CancelContact,
    CompleteContact,
    RejectOffer,
    Requested,
)
from schemas.states import ContactState, OfferState, Verdict
from streams.routing import flows
from streams.routing.claims import release
from streams.routing.decision import Decision, home_of
from streams.routing.estimates import Left
from streams.routing.matching import assign, match_agent, match_contact
from streams.routing.positions import wait_again
from streams.routing.state import HOLDING, AgentStatus, Contact


def accept(decision: Decision, command: AcceptOffer) -> None:
    """The agent takes the offer, if it still stands."""
    contact = decision.pool.contacts.get(command.contact_id)
    agent = decision.pool.agents.get(command.agent_id)
    if contact and _has(contact, command):
        return  # said again, as where the answer was lost
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
    decision.tell_agent(OfferEnded, agent, contact_id=contact.contact_id, reason=OfferState.REJECTED)
    requeue(decision, contact, "rejected", pause=True, offer=OfferState.REJECTED, freed=agent)


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
    agent.idle_since_ms = decision.at_ms
    decision.pool.drop(contact)
    flows.completed(decision, contact)
    contact.state = ContactState.COMPLETED
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
    decision.record(Decided.COMPLETED, contact, agent.agent_id, reason, offer=OfferState.COMPLETED)
    match_agent(decision, agent)


def cancel(decision: Decision, command: CancelContact) -> None:
    """The conversation needs no agent any more. Who serves it wraps up; else it is over."""
    contact = decision.pool.contacts.get(command.contact_id)
    if contact is None:
        _say_unknown(decision, command.contact_id)
    elif contact.state is ContactState.ASSIGNED:
        wrap_up(decision, contact, command.reason)
    elif contact.state is not ContactState.WRAPPING:
        _release(decision, contact, OfferState.RESCINDED)
        say_canceled(decision, contact, command.reason)


def forget(decision: Decision, contact_id: str) -> None:
    """The conversation is gone: free the slot, tell nobody but the agent."""
    contact = decision.pool.contacts.get(contact_id)
    if contact is not None:
        _release(decision, contact, "conversation_gone")
        decision.record(Decided.CANCELED, contact, reason="conversation_gone")


def requeue(
    decision: Decision,
    contact: Contact,
    reason: str,
    *,
    pause: bool,
    offer: OfferState | None = None,
    freed: AgentStatus | None = None,
) -> None:
    """The contact waits again, with its age; with `pause` its last agent is left out for a while. `offer` is
    what became of the offer, if it was one; who is `freed` serves whoever is first."""
    agent_id = contact.agent_id
    queue = decision.pool.queues.get(contact.queue)
    if pause and queue:
        decision.pool.pause(contact, agent_id, decision.after(queue.reject_pause_s))
    if pause and contact.preferred == agent_id:
        decision.pool.set_step(contact, 0)  # the preferred agent will not have it
    if contact.state is ContactState.ASSIGNED:
        contact.entered_ms = decision.at_ms  # it waits anew; its place keeps the age
        contact.listeners = ()
    decision.pool.let_go(contact)
    decision.pool.wait(contact, decision.at_ms)
    decision.tell_conversation(ContactRequeued, contact, reason=reason)
    decision.record(Decided.REQUEUED, contact, agent_id, reason, offer=offer)
    if freed is not None:
        match_agent(decision, freed)
    if contact.state is ContactState.PENDING and not match_contact(decision, contact):
        wait_again(decision, contact)


def relax(decision: Decision, contact: Contact) -> None:
    """One who waits settles for its next step."""
    former = release(decision, contact, "relaxed")
    decision.pool.step_to(contact, contact.step + 1, decision.at_ms)
    decision.record(Decided.RELAXED, contact, reason=f"step {contact.step}")
    match_contact(decision, contact)
    if former is not None:
        match_agent(decision, former)


def refuse(decision: Decision, command: Requested, reason: str) -> None:
    """Says that the command changed nothing: to its agent, and to whoever waits for a verdict."""
    agent_id = command.agent_id if isinstance(command, ByAgent) else ""
    agent = decision.pool.agents.get(agent_id)
    if agent is not None:
        decision.tell_agent(CommandRefused, agent, request_id=command.request_id, reason=reason)
    decision.answer(command, Verdict.CONFLICT, reason)
    by = command.supervisor if isinstance(command, BySupervisor) else ""
    decision.record(Decided.REFUSED, agent_id=agent_id, reason=reason, by=by)


def _has(contact: Contact, command: AcceptOffer) -> bool:
    held = contact.state, contact.agent_id, contact.offer_epoch
    return held == (ContactState.ASSIGNED, command.agent_id, command.offer_epoch)


def _offered(contact: Contact, agent_id: str, epoch: int) -> bool:
    return (contact.state, contact.agent_id, contact.offer_epoch) == (ContactState.RESERVED, agent_id, epoch)


def wrap_up(decision: Decision, contact: Contact, reason: str) -> None:
    """The customer is no longer with the agent, whose slot is free after the wrap-up."""
    queue = decision.pool.queues.get(contact.queue)
    contact.state = ContactState.WRAPPING
    decision.pool.until(contact, decision.after(queue.wrap_up_s if queue else 0.0))
    agent = decision.pool.agents[contact.agent_id]
    decision.tell_agent(AssignmentEnded, agent, contact_id=contact.contact_id, reason="wrapping")
    decision.record(Decided.WRAPPING, contact, contact.agent_id, reason)


def _release(decision: Decision, contact: Contact, reason: str) -> None:
    """Takes the contact out of the pool, and out of its agent's slot."""
    held, was = contact.state in HOLDING, contact.state
    former = release(decision, contact, reason)
    decision.pool.drop(contact)
    if former is not None:
        match_agent(decision, former)
    if not held:
        flows.left(decision, contact, contact.queue, Left.GAVE_UP)
        return
    agent = decision.pool.agents[contact.agent_id]
    kind = OfferEnded if was is ContactState.RESERVED else AssignmentEnded
    decision.tell_agent(kind, agent, contact_id=contact.contact_id, reason=reason)
    ended = OfferState.RESCINDED if was is ContactState.RESERVED else None
    decision.record(Decided.RELEASED, contact, agent.agent_id, reason, offer=ended)
    match_agent(decision, agent)


def _say_unknown(decision: Decision, contact_id: str) -> None:
    """The conversation waits for the end of a contact that is over, or never came: it must hear of one."""
    home_of(session_of(contact_id))
    unknown = Contact(contact_id=contact_id, customer_id="", queue="", enqueued_ms=0)
    decision.tell_conversation(ContactEnded, unknown, outcome="canceled", reason="unknown")


def say_canceled(decision: Decision, contact: Contact, reason: str, why: str = "") -> None:
    """The contact, which is no longer in the pool, is over; the audit may say more of the reason."""
    contact.state = ContactState.CANCELED
    decision.tell_conversation(ContactEnded, contact, outcome="canceled", reason=reason)
    decision.record(Decided.CANCELED, contact, reason=why or reason)
