"""Agents come and go: presence, leases, and what becomes of their contacts when they are lost."""

from schemas.assignments import AssignmentEnded, OfferEnded
from schemas.audit import Decided
from schemas.routing import RenewLease, SetPresence
from schemas.states import ContactState, Presence
from streams.routing.contacts import refuse, relax, requeue
from streams.routing.decision import Decision
from streams.routing.matching import match_agent
from streams.routing.state import LEASE_OVER, NOT_RESPONDING, AgentStatus, Contact


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
    if agent.presence is not Presence.ROUTABLE:
        agent.idle_since_ms = decision.at_ms
    agent.presence, agent.reason, agent.returns_ms = command.presence, command.reason, None
    agent.socket = command.socket or agent.socket
    agent.lease_ms = decision.after(command.lease_s)
    decision.pool.see(agent)
    decision.tell_agent_all(agent)
    decision.record(Decided.PRESENCE, agent_id=agent.agent_id, reason=agent.presence, presence=agent.presence)
    match_agent(decision, agent)


def renew_lease(decision: Decision, command: RenewLease) -> None:
    """The gateway still holds the agent's newest socket; an agent taken for lost is back."""
    agent = decision.pool.agents.get(command.agent_id)
    if agent is None or not agent.socket or agent.socket != command.socket:
        return
    was_over = agent.lease_ms <= decision.at_ms
    agent.lease_ms = decision.after(command.lease_s)
    if agent.presence is Presence.OFFLINE and agent.reason == LEASE_OVER:
        agent.presence, agent.reason, agent.idle_since_ms = agent.before, agent.before_reason, decision.at_ms
        if agent.reason == NOT_RESPONDING:
            agent.returns_ms = decision.at_ms
        decision.pool.see(agent)
        decision.tell_agent_all(agent)
        decision.record(
            Decided.PRESENCE, agent_id=agent.agent_id, reason="lease renewed", presence=agent.presence
        )
    if was_over:
        match_agent(decision, agent)


def go_offline(decision: Decision, agent: AgentStatus, reason: str) -> None:
    """The agent is gone: contacts go back with their age, those to wrap up are done."""
    agent.before, agent.before_reason = agent.presence, agent.reason
    agent.presence, agent.reason, agent.returns_ms, agent.lease_ms = Presence.OFFLINE, reason, None, 0
    decision.pool.see(agent)
    decision.record(
        Decided.PRESENCE, agent_id=agent.agent_id, reason=f"offline: {reason}", presence=agent.presence
    )
    for contact in decision.pool.held_by(agent.agent_id):
        if contact.state is ContactState.WRAPPING:
            decision.pool.until(contact, decision.at_ms)  # the same tick, or the next one, completes it
            continue
        kind = OfferEnded if contact.state is ContactState.RESERVED else AssignmentEnded
        decision.tell_agent(kind, agent, contact_id=contact.contact_id, reason=reason)
        requeue(decision, contact, "agent_lost", pause=False)
    for contact in decision.pool.waiting.preferring(agent.agent_id):
        relax(decision, contact)


def miss_offer(decision: Decision, agent: AgentStatus, contact: Contact, returns_after_s: float) -> None:
    """The agent did not answer: *not responding*, until own action or the set time; the contact goes back."""
    decision.tell_agent(OfferEnded, agent, contact_id=contact.contact_id, reason="timeout")
    agent.presence, agent.reason = Presence.CUSTOM, NOT_RESPONDING
    agent.returns_ms = decision.after(returns_after_s)
    decision.pool.see(agent)
    requeue(decision, contact, "no_answer", pause=True)
    decision.tell_agent_all(agent)
    decision.record(Decided.PRESENCE, agent_id=agent.agent_id, reason=NOT_RESPONDING, presence=agent.presence)


def come_back(decision: Decision, agent: AgentStatus) -> None:
    """The time of *not responding* is over."""
    agent.presence, agent.reason, agent.returns_ms = Presence.ROUTABLE, "", None
    agent.idle_since_ms = decision.at_ms
    decision.pool.see(agent)
    decision.tell_agent_all(agent)
    decision.record(Decided.PRESENCE, agent_id=agent.agent_id, reason="back", presence=agent.presence)
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
