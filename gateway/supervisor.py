"""POST /supervisor/move, /supervisor/assign, /supervisor/prioritize, /supervisor/presence and …/listen."""

from typing import Any

from gateway.answers import Answer
from gateway.pools import command_pool, pool_for
from gateway.profile import local_only
from gateway.state import Gateway
from schemas.api_routing import (
    SupervisorAssign,
    SupervisorBody,
    SupervisorListen,
    SupervisorMove,
    SupervisorPresence,
    SupervisorPrioritize,
)
from schemas.config import PoolConfig
from schemas.routing import (
    AssignContact,
    BySupervisor,
    ForcePresence,
    ListenIn,
    MoveContact,
    PrioritizeContact,
)


async def move(gateway: Gateway, body: SupervisorMove, traceparent: str) -> Answer:
    """A contact that nobody has accepted waits in another queue of its pool. Raises Refused."""
    pool = _pool(gateway, body, queue=body.queue)
    command = MoveContact(contact_id=body.contact_id, queue=body.queue, **_by(gateway, body, pool))
    return await _say(gateway, command, pool, traceparent)


async def assign(gateway: Gateway, body: SupervisorAssign, traceparent: str) -> Answer:
    """A contact is offered to this agent. Raises Refused."""
    pool = _pool(gateway, body, agent_id=body.agent_id)
    command = AssignContact(contact_id=body.contact_id, agent_id=body.agent_id, **_by(gateway, body, pool))
    return await _say(gateway, command, pool, traceparent)


async def prioritize(gateway: Gateway, body: SupervisorPrioritize, traceparent: str) -> Answer:
    """A contact gets another priority. Raises Refused."""
    pool = _pool(gateway, body)
    command = PrioritizeContact(
        contact_id=body.contact_id, priority=body.priority, **_by(gateway, body, pool)
    )
    return await _say(gateway, command, pool, traceparent)


async def presence(gateway: Gateway, body: SupervisorPresence, traceparent: str) -> Answer:
    """An agent's presence, said for it. Raises Refused."""
    pool = _pool(gateway, body, agent_id=body.agent_id)
    command = ForcePresence(
        agent_id=body.agent_id, presence=body.presence, reason=body.reason, **_by(gateway, body, pool)
    )
    return await _say(gateway, command, pool, traceparent)


async def listen(gateway: Gateway, body: SupervisorListen, traceparent: str) -> Answer:
    """The supervisor may listen to a contact, or no more. Raises Refused."""
    pool = _pool(gateway, body)
    command = ListenIn(contact_id=body.contact_id, listening=body.listening, **_by(gateway, body, pool))
    return await _say(gateway, command, pool, traceparent)


def _pool(gateway: Gateway, body: SupervisorBody, queue: str = "", agent_id: str = "") -> PoolConfig:
    local_only(gateway)
    return pool_for(gateway, body.pool, queue, agent_id)


def _by(gateway: Gateway, body: SupervisorBody, pool: PoolConfig) -> dict[str, Any]:
    return {"pool": pool.pool, "supervisor": body.supervisor, **gateway.origin()._asdict()}


async def _say(gateway: Gateway, command: BySupervisor, pool: PoolConfig, traceparent: str) -> Answer:
    return await command_pool(gateway, command, pool.partition, gateway.settings.pool_wait_s, traceparent)
