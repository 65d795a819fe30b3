"""Agents come and go: presence, leases, and what becomes of their contacts when they are lost."""

from schemas.assignments import AssignmentEnded, OfferEnded
from schemas.audit import Decided
from schemas.routing import ForcePresence, RenewLease, SetPresence
from schemas.states import ContactState, OfferState, Presence, Verdict
from streams.routing import flows
from streams.routing.claims import release
from streams.routing.contacts import refuse, relax, requeue
from streams.routing.decision import Decision
from streams.routing.matching import match_agent, match_contact
from streams.routing.state import LEASE_OVER, NOT_RESPONDING, AgentStatus, Contact

BACK_S = 15.0
"""So long a lease has an agent whom a supervisor brings back, whose socket is open as far as is known."""


def set_presence(decision: Decision, command: SetPresence) -> None:
    """What the agent, or an operator, says of the agent's presence."""
    if decision.pool.configured(command.agent_id) is None:
        refuse(decision, command, "unknown_agent")
        return
    agent = decision.pool.agents.setdefault(command.agent_id, AgentStatus(agent_id=command.agent_id))
    if command.presence is Presence.OFFLINE and command.socket:
        _socket_closed(decision, agent, command.socket)
        return
    if command.presence is Presence.OFFLINE:
        go_offline(decision, agent, command.reason or "operator")
        return
    if _is_known(agent, command) and agent.lease_ms > decision.at_ms:
        agent.lease_ms = decision.after(command.lease_s)  # a flood of it tells nobody anything
        return
    if agent.presence is not Presence.ROUTABLE:
        agent.idle_since_ms = decision.at_ms
    agent.presence, agent.reason = _said(agent, command)
    agent.returns_ms = None
    agent.socket = command.socket or agent.socket
    agent.lease_ms = decision.after(command.lease_s)
    _changed(decision, agent, command.reason)
    match_agent(decision, agent)


def _is_known(agent: AgentStatus, command: SetPresence) -> bool:
    """Whether the same was said over the same socket before."""
    said = command.presence, command.reason, command.socket
    return bool(command.socket) and said == (agent.presence, agent.reason, agent.socket)


def _said(agent: AgentStatus, command: SetPresence) -> tuple[Presence, str]:
    """The presence and its reason from now on: a break outlasts the socket that it began on."""
    was = agent.presence, agent.reason
    if was == (Presence.OFFLINE, LEASE_OVER):
        was = agent.before, agent.before_reason
    if command.opens and was[0] is Presence.CUSTOM and was[1] != NOT_RESPONDING:
        return was
    return command.presence, command.reason


def force_presence(decision: Decision, command: ForcePresence) -> None:
    """What a supervisor says of an agent's presence; the agent may say something else later."""
    pool, reason = decision.pool, command.reason or "supervisor"
    agent = pool.agents.get(command.agent_id)
    if pool.configured(command.agent_id) is None:
        refuse(decision, command, "unknown_agent")
    elif agent is None or (agent.presence is Presence.OFFLINE and not agent.socket):
        refuse(decision, command, "agent_offline")
    elif command.presence is Presence.OFFLINE:
        go_offline(decision, agent, reason, by=command.supervisor)
    else:
        if agent.presence is Presence.OFFLINE:
            agent.lease_ms = decision.after(BACK_S)  # the open socket renews it
        if agent.presence is not Presence.ROUTABLE:
            agent.idle_since_ms = decision.at_ms
        agent.presence, agent.returns_ms = command.presence, None
        agent.reason = "" if command.presence is Presence.ROUTABLE else reason
        _changed(decision, agent, reason, by=command.supervisor)
        match_agent(decision, agent)


def _changed(decision: Decision, agent: AgentStatus, reason: str, *, by: str = "", tell: bool = True) -> None:
    """Everybody hears of the agent's new presence; who is not routable drains for nobody."""
    decision.pool.see(agent)
    if tell:
        decision.tell_agent_all(agent)
    decision.record(Decided.PRESENCE, agent_id=agent.agent_id, reason=reason, presence=agent.presence, by=by)
    flows.staffed(decision, agent)
    call = decision.pool.slots.claim_of(agent.agent_id)
    if call is not None and agent.presence is not Presence.ROUTABLE:
        release(decision, call, reason)
        match_contact(decision, call)


def renew_lease(decision: Decision, command: RenewLease) -> None:
    """The gateway still holds the agent's newest socket; an agent taken for lost is back."""
    agent = decision.pool.agents.get(command.agent_id)
    lost = agent is not None and agent.presence is Presence.OFFLINE and agent.reason != LEASE_OVER
    if agent is None or lost or not agent.socket or agent.socket != command.socket:
        decision.answer(command, Verdict.CONFLICT, "not_present")
        return
    was_over = agent.lease_ms <= decision.at_ms
    agent.lease_ms = decision.after(command.lease_s)
    if agent.presence is Presence.OFFLINE and agent.reason == LEASE_OVER:
        agent.presence, agent.reason, agent.idle_since_ms = agent.before, agent.before_reason, decision.at_ms
        if agent.reason == NOT_RESPONDING:
            agent.returns_ms = decision.at_ms
        _changed(decision, agent, "lease renewed")
    if was_over:
        match_agent(decision, agent)


def go_offline(decision: Decision, agent: AgentStatus, reason: str, by: str = "") -> None:
    """The agent is gone: contacts go back with their age, those to wrap up are done."""
    agent.before, agent.before_reason = agent.presence, agent.reason
    agent.presence, agent.reason, agent.returns_ms, agent.lease_ms = Presence.OFFLINE, reason, None, 0
    _changed(decision, agent, reason, by=by, tell=False)
    for contact in decision.pool.held_by(agent.agent_id):
        if contact.state is ContactState.WRAPPING:
            decision.pool.until(contact, decision.at_ms)  # the same tick, or the next one, completes it
            continue
        offered = contact.state is ContactState.RESERVED
        kind = OfferEnded if offered else AssignmentEnded
        decision.tell_agent(kind, agent, contact_id=contact.contact_id, reason=reason)
        ended = OfferState.RESCINDED if offered else None
        requeue(decision, contact, "agent_lost", pause=False, offer=ended)
    for contact in decision.pool.waiting.preferring(agent.agent_id):
        relax(decision, contact)
    if reason != LEASE_OVER:
        decision.tell_agent_all(agent)  # whose socket may still be open


def miss_offer(decision: Decision, agent: AgentStatus, contact: Contact, returns_after_s: float) -> None:
    """The agent did not answer: *not responding*, until own action or the set time; the contact goes back.
    Who has said another presence meanwhile stays with it."""
    decision.tell_agent(OfferEnded, agent, contact_id=contact.contact_id, reason=OfferState.TIMEOUT)
    if agent.presence is not Presence.ROUTABLE:
        requeue(decision, contact, "no_answer", pause=True, offer=OfferState.TIMEOUT)
        return
    agent.presence, agent.reason = Presence.CUSTOM, NOT_RESPONDING
    agent.returns_ms = decision.after(returns_after_s)
    decision.pool.see(agent)
    requeue(decision, contact, "no_answer", pause=True, offer=OfferState.TIMEOUT)
    _changed(decision, agent, NOT_RESPONDING)


def come_back(decision: Decision, agent: AgentStatus) -> None:
    """The time of *not responding* is over."""
    agent.presence, agent.reason, agent.returns_ms = Presence.ROUTABLE, "", None
    agent.idle_since_ms = decision.at_ms
    _changed(decision, agent, "back")
    match_agent(decision, agent)


def _socket_closed(decision: Decision, agent: AgentStatus, socket: str) -> None:
    """The grace begins: no offers, but what is held stays until it ends. Renewals that the gateway still
    sends for the socket, as where the agent said offline and left it open, change nothing."""
    if agent.socket == socket:
        agent.lease_ms, agent.socket = min(agent.lease_ms, decision.at_ms), ""
        decision.pool.see(agent)
        decision.record(
            Decided.PRESENCE, agent_id=agent.agent_id, reason="socket closed", presence=agent.presence
        )
