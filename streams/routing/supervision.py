"""What supervisors do with contacts, by hand."""

from schemas.assignments import OfferEnded
from schemas.audit import Decided
from schemas.conversation import ContactRequeued
from schemas.routing import AssignContact, BySupervisor, ListenIn, MoveContact, PrioritizeContact
from schemas.states import ContactState, OfferState, Presence
from streams.routing import flows
from streams.routing.claims import release
from streams.routing.contacts import refuse
from streams.routing.decision import Decision
from streams.routing.matching import match_agent, match_contact, offer
from streams.routing.positions import say_queued
from streams.routing.state import AgentStatus, Contact


def move(decision: Decision, command: MoveContact) -> None:
    """Into another queue, with its age; the limits of that queue are not asked."""
    contact = _in_line(decision, command, command.contact_id)
    if contact is None:
        return
    if decision.pool.queue(command.queue) is None:
        refuse(decision, command, "unknown_queue")
        return
    if contact.queue == command.queue:
        refuse(decision, command, "same_queue")
        return
    left, queue = _take_back(decision, contact, command.supervisor), contact.queue
    decision.pool.move(contact, command.queue, decision.at_ms)
    flows.moved(decision, contact, queue)
    decision.record(Decided.MOVED, contact, reason=f"to queue {command.queue}", by=command.supervisor)
    _fill(decision, left)  # first, so that it takes nobody's turn
    if contact.state is ContactState.PENDING and not match_contact(decision, contact):
        say_queued(decision, contact)


def assign(decision: Decision, command: AssignContact) -> None:
    """Offered to an agent out of turn, whatever its skills and queues; never beyond its capacity."""
    contact = _in_line(decision, command, command.contact_id)
    if contact is None:
        return
    if why := _no_room(decision, command.agent_id, contact):
        refuse(decision, command, why)
        return
    left = _take_back(decision, contact, command.supervisor)
    agent = decision.pool.agents[command.agent_id]
    offer(decision, contact, agent, "by_hand", by=command.supervisor)
    _fill(decision, left)


def prioritize(decision: Decision, command: PrioritizeContact) -> None:
    """More or less urgent than before."""
    contact = _in_line(decision, command, command.contact_id)
    if contact is None:
        return
    decision.pool.prioritize(contact, command.priority)
    reason = f"priority {command.priority}"
    decision.record(Decided.PRIORITIZED, contact, contact.agent_id, reason, by=command.supervisor)


def listen(decision: Decision, command: ListenIn) -> None:
    """The supervisor may listen to an assigned contact, until it ends or goes back to its queue."""
    contact = decision.pool.contacts.get(command.contact_id)
    if contact is None or contact.state is not ContactState.ASSIGNED:
        refuse(decision, command, "unknown_contact" if contact is None else "not_assigned")
        return
    others = tuple(name for name in contact.listeners if name != command.supervisor)
    contact.listeners = (*others, command.supervisor) if command.listening else others
    reason = "on" if command.listening else "off"
    decision.record(Decided.LISTENING, contact, contact.agent_id, reason, by=command.supervisor)


def _in_line(decision: Decision, command: BySupervisor, contact_id: str) -> Contact | None:
    """The contact, if nobody has accepted it yet; else the command is refused."""
    contact = decision.pool.contacts.get(contact_id)
    if contact is not None and contact.state in (ContactState.PENDING, ContactState.RESERVED):
        return contact
    refuse(decision, command, "unknown_contact" if contact is None else "already_assigned")
    return None


def _no_room(decision: Decision, agent_id: str, contact: Contact) -> str:
    """Why the agent can't be offered the contact now."""
    pool = decision.pool
    if pool.offers_paused:
        return "offers_paused"
    agent, configured = pool.agents.get(agent_id), pool.configured(agent_id)
    if configured is None:
        return "unknown_agent"
    if configured.synthetic is not contact.synthetic:
        return "synthetic"
    if contact.channel not in configured.channels:
        return "wrong_channel"
    if agent is None or agent.presence is not Presence.ROUTABLE or agent.lease_ms <= decision.at_ms:
        return "not_routable"
    if contact.agent_id == agent.agent_id:
        return "already_offered"
    return "" if pool.has_room(agent, contact) else "at_capacity"


def _take_back(decision: Decision, contact: Contact, supervisor: str) -> list[AgentStatus]:
    """From whom it is offered to, and who drains for it: they are to be matched in the end."""
    former = release(decision, contact, "supervisor")
    if contact.state is not ContactState.RESERVED:
        return [former] if former else []
    agent = decision.pool.agents[contact.agent_id]
    decision.tell_agent(OfferEnded, agent, contact_id=contact.contact_id, reason=OfferState.RESCINDED)
    decision.pool.let_go(contact)
    decision.pool.wait(contact, decision.at_ms)
    flows.returned(decision, contact)
    decision.tell_conversation(ContactRequeued, contact, reason="supervisor")
    decision.record(
        Decided.REQUEUED,
        contact,
        agent.agent_id,
        "supervisor",
        offer=OfferState.RESCINDED,
        by=supervisor,
    )
    return [agent]


def _fill(decision: Decision, agents: list[AgentStatus]) -> None:
    for agent in agents:
        match_agent(decision, agent)
