"""GET /agent/desk: what an agent's screen needs of the configuration."""

from http import HTTPStatus

import msgspec
from starlette.types import Receive, Scope

from gateway.answers import Answer, Refused, busy, ok
from gateway.problems import Kind
from gateway.security.guard import caller_of
from gateway.state import Gateway
from schemas.canned import CannedAnswer
from schemas.config import PoolConfig, Queue
from schemas.states import Channel


class DeskQueue(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A queue that contacts may be handed to, whatever its pool."""

    name: str
    pool: str
    offer_timeout_s: float
    wrap_up_s: float


class Colleague(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An agent of the own pool, there or not."""

    agent_id: str
    name: str
    queues: tuple[str, ...]


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """200 of /agent/desk. Without `dispositions` contacts are closed in the agent's own words."""

    agent_id: str
    name: str
    pool: str
    capacity: int
    channels: tuple[Channel, ...]
    queues: tuple[DeskQueue, ...]
    colleagues: tuple[Colleague, ...]
    dispositions: tuple[str, ...]
    canned_answers: tuple[CannedAnswer, ...]


async def get_desk(gateway: Gateway, scope: Scope, _: Receive) -> Answer:
    """Of the agent whose token it is. Raises Refused (409, 503)."""
    caller = caller_of(scope)
    if not gateway.config_read.is_set():
        raise busy("The configuration is not read yet")
    pool = gateway.directory.pool(caller.pool)
    desk = desk_of(caller.sub, pool, tuple(gateway.directory.pools.values())) if pool else None
    if desk is None:
        raise Refused(HTTPStatus.CONFLICT, "The agent is in no pool", kind=Kind.UNKNOWN_AGENT)
    return ok(desk)


def desk_of(agent_id: str, pool: PoolConfig, pools: tuple[PoolConfig, ...]) -> Desk | None:
    """None where the pool has no such agent. The own pool's queues come first; synthetic agents and others
    do not mix."""
    own = next((one for one in pool.agents if one.id == agent_id), None)
    if own is None:
        return None
    others = [one for one in pools if one.pool != pool.pool]
    return Desk(
        agent_id=agent_id,
        name=own.name,
        pool=pool.pool,
        capacity=own.capacity,
        channels=own.channels,
        queues=tuple(_queue(queue, one.pool) for one in (pool, *others) for queue in one.queues),
        colleagues=tuple(
            Colleague(agent_id=one.id, name=one.name, queues=one.queues)
            for one in pool.agents
            if one.id != agent_id and one.synthetic == own.synthetic
        ),
        dispositions=pool.dispositions,
        canned_answers=pool.canned_answers,
    )


def _queue(queue: Queue, pool: str) -> DeskQueue:
    return DeskQueue(
        name=queue.name, pool=pool, offer_timeout_s=queue.offer_timeout_s, wrap_up_s=queue.wrap_up_s
    )
