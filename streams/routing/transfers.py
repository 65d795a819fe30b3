"""A contact handed over by its agent: to a queue, of any pool, or to another agent of the pool."""

from schemas.audit import Decided
from schemas.config import Agent
from schemas.conversation import ContactTransferred
from schemas.routing import TransferContact
from schemas.states import ContactState, Presence
from schemas.topics import ROUTING_COMMANDS
from streams.routing.contacts import refuse, wrap_up
from streams.routing.decision import Decision
from streams.routing.pool import Pool
from streams.routing.state import Contact


def transfer(decision: Decision, command: TransferContact) -> None:
    """The agent wraps up; the conversation hears where to ask for somebody else."""
    pool, contact = decision.pool, decision.pool.contacts.get(command.contact_id)
    if not contact or (contact.agent_id, contact.state) != (command.agent_id, ContactState.ASSIGNED):
        refuse(decision, command, "not_held")
        return
    if why := _unfit(pool, command, contact):
        refuse(decision, command, why)
        return
    elsewhere = command.to_pool not in ("", pool.name)
    decision.tell_conversation(
        ContactTransferred,
        contact,
        agent_id=command.agent_id,
        queue=_queue(pool, command, contact),
        to_pool=command.to_pool if elsewhere else pool.name,
        to_partition=command.to_partition if elsewhere else pool.partition,
        to_agent=command.to_agent,
        wait_s=command.wait_s,
        note=command.note,
    )
    target = f"agent {command.to_agent}" if command.to_agent else f"queue {command.queue}"
    decision.record(Decided.TRANSFERRED, contact, command.agent_id, f"to {target}")
    wrap_up(decision, contact, "transferred")


def _unfit(pool: Pool, command: TransferContact, contact: Contact) -> str:
    """Why it can't go there."""
    if command.to_pool not in ("", pool.name):
        if command.to_agent or not command.queue:
            return "no_target"
        return "" if command.to_partition < ROUTING_COMMANDS.partitions else "unknown_pool"
    if command.queue and pool.queue(command.queue) is None:
        return "unknown_queue"
    if not command.to_agent:
        return "" if command.queue else "no_target"
    if command.to_agent == command.agent_id:
        return "same_agent"
    return _unfit_agent(pool, pool.configured(command.to_agent), _queue(pool, command, contact), contact)


def _unfit_agent(pool: Pool, agent: Agent | None, queue: str, contact: Contact) -> str:
    if agent is None or agent.synthetic is not contact.synthetic:
        return "unknown_agent"
    status = pool.agents.get(agent.id)
    if status is None or status.presence is Presence.OFFLINE:
        return "agent_offline"
    if queue not in agent.queues:
        return "not_of_queue"
    return "" if contact.channel in agent.channels else "wrong_channel"


def _queue(pool: Pool, command: TransferContact, contact: Contact) -> str:
    """Where it waits: where the agent says; else where it is, or the first queue of the other agent."""
    agent = pool.configured(command.to_agent)
    if command.queue or agent is None:
        return command.queue
    if contact.queue in agent.queues or not agent.queues:
        return contact.queue
    return agent.queues[0]
