"""POST /supervisor/move, …/assign, …/prioritize, …/presence, …/listen and …/whisper."""

from typing import Any

from gateway.answers import Answer, bad_field, ok
from gateway.chat import ask, refusal
from gateway.pools import command_pool, pool_for
from gateway.security.access import LOCAL, Caller, check_pool
from gateway.security.audit import Of, audit
from gateway.state import Gateway
from schemas.api import MessageAccepted
from schemas.api_routing import (
    SupervisorAssign,
    SupervisorBody,
    SupervisorListen,
    SupervisorMove,
    SupervisorPresence,
    SupervisorPrioritize,
    SupervisorWhisper,
)
from schemas.audit_trail import Action
from schemas.config import PoolConfig
from schemas.conversation import AddWhisper
from schemas.ids import session_of
from schemas.routing import (
    AssignContact,
    BySupervisor,
    ForcePresence,
    ListenIn,
    MoveContact,
    PrioritizeContact,
)


async def move(gateway: Gateway, body: SupervisorMove, caller: Caller, traceparent: str) -> Answer:
    """A contact that nobody has accepted waits in another queue of its pool. Raises Refused."""
    pool = _pool(gateway, caller, body, queue=body.queue)
    command = MoveContact(contact_id=body.contact_id, queue=body.queue, **_by(gateway, caller, body, pool))
    return await _say(gateway, command, pool, traceparent)


async def assign(gateway: Gateway, body: SupervisorAssign, caller: Caller, traceparent: str) -> Answer:
    """A contact is offered to this agent. Raises Refused."""
    pool = _pool(gateway, caller, body, agent_id=body.agent_id)
    command = AssignContact(
        contact_id=body.contact_id, agent_id=body.agent_id, **_by(gateway, caller, body, pool)
    )
    return await _say(gateway, command, pool, traceparent)


async def prioritize(
    gateway: Gateway, body: SupervisorPrioritize, caller: Caller, traceparent: str
) -> Answer:
    """A contact gets another priority. Raises Refused."""
    pool = _pool(gateway, caller, body)
    command = PrioritizeContact(
        contact_id=body.contact_id, priority=body.priority, **_by(gateway, caller, body, pool)
    )
    return await _say(gateway, command, pool, traceparent)


async def presence(gateway: Gateway, body: SupervisorPresence, caller: Caller, traceparent: str) -> Answer:
    """An agent's presence, said for it. Raises Refused."""
    pool = _pool(gateway, caller, body, agent_id=body.agent_id)
    command = ForcePresence(
        agent_id=body.agent_id, presence=body.presence, reason=body.reason, **_by(gateway, caller, body, pool)
    )
    return await _say(gateway, command, pool, traceparent)


async def listen(gateway: Gateway, body: SupervisorListen, caller: Caller, traceparent: str) -> Answer:
    """The supervisor may listen to a contact, or no more. Raises Refused."""
    pool = _pool(gateway, caller, body)
    command = ListenIn(
        contact_id=body.contact_id, listening=body.listening, **_by(gateway, caller, body, pool)
    )
    if body.listening:
        of = Of(pool=pool.pool, contact_id=body.contact_id)
        await audit(gateway, caller, Action.LISTENED, command.supervisor, **of)
    return await _say(gateway, command, pool, traceparent)


async def whisper(gateway: Gateway, body: SupervisorWhisper, caller: Caller, traceparent: str) -> Answer:
    """The agent who has the contact reads it, the customer does not. Raises Refused."""
    session = session_of(body.contact_id)
    if not session:
        raise bad_field("No contact's id", "contact_id")
    pool = _pool(gateway, caller, body)
    command = AddWhisper(session_id=session, text=body.message, **_by(gateway, caller, body, pool))
    of = Of(pool=pool.pool, session_id=session, contact_id=body.contact_id)
    await audit(gateway, caller, Action.WHISPERED, command.supervisor, **of)
    answer = await ask(gateway, command, traceparent)
    taken = MessageAccepted(
        session_id=session, message_id=command.request_id, seq=answer.seq if answer else None
    )
    return refusal(answer) or ok(taken)


def _pool(
    gateway: Gateway, caller: Caller, body: SupervisorBody, queue: str = "", agent_id: str = ""
) -> PoolConfig:
    own = "" if queue or agent_id else caller.pool
    pool = pool_for(gateway, body.pool or own, queue, agent_id)
    check_pool(caller, pool.pool)
    return pool


def _by(gateway: Gateway, caller: Caller, body: SupervisorBody, pool: PoolConfig) -> dict[str, Any]:
    """Who bears a token can't say to be another."""
    name = body.supervisor if caller is LOCAL else caller.sub
    return {"pool": pool.pool, "supervisor": name, **gateway.origin()._asdict()}


async def _say(gateway: Gateway, command: BySupervisor, pool: PoolConfig, traceparent: str) -> Answer:
    return await command_pool(gateway, command, pool.partition, gateway.settings.pool_wait_s, traceparent)
