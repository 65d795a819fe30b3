"""Commands to pools: where they go, the wait for the verdict, and the answer that it makes."""

from http import HTTPStatus

from gateway import idempotency
from gateway.answers import Answer, bad_field, busy, ok, problem
from gateway.commands import to_pool
from gateway.directory import Directory, Place, UnknownQueue
from gateway.problems import Kind
from gateway.replies import any_answer
from gateway.state import Gateway
from schemas.answers import RoutingAnswered
from schemas.api_routing import CommandTaken
from schemas.config import PoolConfig
from schemas.routing import RenewLease, Requested, SetPresence
from schemas.states import Verdict

_UNKNOWN = "unknown_contact"
_REASONS = {
    _UNKNOWN: "The pool has no such contact",
    "unknown_agent": "The pool has no such agent",
    "unknown_queue": "The pool has no such queue",
    "stale_offer": "The offer is over, or its epoch is not this one",
    "not_held": "The agent does not hold this contact",
    "not_assigned": "No agent serves the contact",
    "already_assigned": "An agent has accepted the contact already",
    "already_offered": "The contact is offered to this agent already",
    "agent_offline": "The agent is offline",
    "not_routable": "The agent can't be offered anything now",
    "at_capacity": "The agent has no room for the contact",
    "not_of_queue": "The agent does not serve this queue",
    "wrong_channel": "The agent does not serve this channel",
    "offers_paused": "Offers are paused in this pool",
    "same_agent": "The contact is this agent's already",
    "same_queue": "The contact is in this queue already",
    "synthetic": "Synthetic contacts are for synthetic agents, and no others are",
    "no_target": "Say to which queue, or to which agent of the own pool",
    "unknown_pool": "There is no such pool",
    "not_present": "The agent is not present over this socket, or by calls: say its presence anew",
}


def place_of(gateway: Gateway, queue: str) -> Place:
    """Where the queue is; the first one of all for an empty name. Raises Refused (422, 503)."""
    try:
        return _directory(gateway).find(queue)
    except UnknownQueue as error:
        raise bad_field(str(error), "queue") from error


def pool_for(gateway: Gateway, name: str = "", queue: str = "", agent_id: str = "") -> PoolConfig:
    """The pool of that name, else of the queue or agent, else the only one. Raises Refused (422, 503)."""
    directory = _directory(gateway)
    name = name or (place_of(gateway, queue).pool if queue else "")
    if name:
        found, missing = directory.pool(name), (f"There is no pool {name!r}", "pool")
    elif agent_id:
        found, missing = directory.pool_of(agent_id), (f"There is no agent {agent_id!r}", "agent_id")
    else:
        found, missing = directory.only_pool(), ("Say which pool", "pool")
    if found is None:
        raise bad_field(*missing)
    if queue and queue not in (one.name for one in found.queues):
        raise bad_field(f"The pool {name!r} has no queue {queue!r}", "queue")
    return found


async def ask_pool(
    gateway: Gateway, command: Requested, partition: int, wait_s: float, traceparent: str
) -> RoutingAnswered | None:
    """The pool's answer, or None where none comes in time. Raises Refused (503)."""
    post = to_pool(command, partition, command.request_id, traceparent)
    with gateway.verdicts.expect(command.request_id, any_answer) as waiting:
        await gateway.send(post)
        return await gateway.hear(waiting, wait_s)


async def command_pool(
    gateway: Gateway, command: Requested, partition: int, wait_s: float, traceparent: str
) -> Answer:
    """What the pool's verdict makes of the request. Raises Refused (503)."""
    answer = await ask_pool(gateway, command, partition, wait_s, traceparent)
    if refused := refusal(answer):
        return refused
    taken = CommandTaken(request_id=command.request_id, verdict=answer.verdict if answer else None)
    if isinstance(command, SetPresence | RenewLease):
        taken = CommandTaken(request_id=taken.request_id, verdict=taken.verdict, lease_s=command.lease_s)
    return ok(taken)


def refusal(answer: RoutingAnswered | None) -> Answer | None:
    """The problem document of a verdict that is no acceptance. Raises Refused (503) where it is expired."""
    if answer is None or answer.verdict is Verdict.ACCEPTED:
        return None
    if answer.verdict is Verdict.EXPIRED:
        raise busy("The command came too late and was not done", Kind.TOO_LATE)
    if answer.reason in idempotency.REASONS:
        return problem(*idempotency.REASONS[answer.reason], reason=answer.reason)
    unknown = answer.verdict is Verdict.NOT_FOUND or answer.reason == _UNKNOWN
    detail = _REASONS.get(answer.reason, "The state of the contact or agent does not allow this")
    return problem(HTTPStatus.NOT_FOUND if unknown else HTTPStatus.CONFLICT, detail, reason=answer.reason)


def _directory(gateway: Gateway) -> Directory:
    if not gateway.config_read.is_set():
        raise busy("The configuration is not read yet")
    return gateway.directory
