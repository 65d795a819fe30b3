"""Idempotency keys: a command is passed on once, and every repeat is answered as the first one was."""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from schemas.answers import RoutingAnswered
from schemas.codec import Tick
from schemas.conversation import (
    Answered,
    Asked,
    CommandAnswered,
    ConversationCommand,
    KeyedRequest,
)
from schemas.ids import known_partition
from schemas.keys import OVER, REUSED
from schemas.routing import Requested
from schemas.states import Verdict
from schemas.topics import CONVERSATION_COMMANDS, CONVERSATION_EVENTS, ROUTING_ANSWERS, ROUTING_COMMANDS
from streams.harness.decider import Life, Moment, Output

MOST_WAITING = 8
"""Gateways that are told what comes later; of more the first are left to ask again."""


class Key(msgspec.Struct, kw_only=True, omit_defaults=True, tag="key"):
    """A caller's key. It is taken by the request `request_id`, or free again where that came too late;
    `answer` is the last one of the owner's. Until `due_ms`, on the partition's clock, it is remembered."""

    name: str
    partition: int
    gone: bool = False
    request_id: str = ""
    waiting: list[str] = []
    answer: Answered | None = None
    due_ms: int | None = None


def step(key: Key, command: ConversationCommand, at: Moment) -> Sequence[Output]:
    """Decides a request under the key, or hears what became of it. Raises ValueError for anything else."""
    match command:
        case KeyedRequest():
            return _ask(key, command, at)
        case CommandAnswered() | RoutingAnswered():
            return _hear(key, command)
        case Tick():
            key.gone = key.due_ms is not None and key.due_ms <= at.at_ms
            return ()
        case _:
            raise ValueError(f"{type(command).__name__} under a key")


def life(key: Key) -> Life:
    """It is kept from its first request on, for that request's time."""
    if key.gone:
        return Life.GONE
    return Life.ABSENT if key.due_ms is None else Life.LIVE


def _ask(key: Key, request: KeyedRequest, at: Moment) -> Sequence[Output]:
    command: Asked | Requested = request.command
    if command.valid_until_ms and at.appended_ms > command.valid_until_ms:
        return _refuse(key, command, Verdict.EXPIRED)
    if key.gone:
        return _refuse(key, command, Verdict.CONFLICT, OVER)
    if not key.request_id:
        forwarded = _forwarded(key, request)
        key.request_id, key.due_ms = command.request_id, at.after(request.keep_s)
        key.waiting, key.answer = [command.reply_to], None
        return (forwarded,)
    if key.request_id != command.request_id:
        return _refuse(key, command, Verdict.CONFLICT, REUSED)
    if not _is_final(key.answer) and command.reply_to not in key.waiting:
        key.waiting = [*key.waiting, command.reply_to][-MOST_WAITING:]
    return _tell(key, key.answer, [command.reply_to]) if key.answer else ()


def _hear(key: Key, answer: Answered) -> Sequence[Output]:
    """What the owner says; of a request that came too late for it nothing is remembered."""
    if not key.request_id or answer.request_id != key.request_id:
        return ()
    waiting = key.waiting
    if answer.verdict is Verdict.EXPIRED:
        key.request_id, key.waiting = "", []
    else:
        key.answer = answer
        key.waiting = [] if _is_final(answer) else waiting
    return _tell(key, answer, waiting)


def _is_final(answer: Answered | None) -> bool:
    """Nothing comes after it, as after that of a customer who is queued for an agent."""
    if isinstance(answer, CommandAnswered) and answer.verdict is Verdict.ACCEPTED:
        return answer.status != "queued"
    return answer is not None


def _forwarded(key: Key, request: KeyedRequest) -> Output:
    """The command to its owner, who answers the key. Raises ValueError for a partition that is none."""
    command = replace(request.command, reply_to=key.name)
    topic = CONVERSATION_COMMANDS if isinstance(command, Asked) else ROUTING_COMMANDS
    if request.partition not in range(topic.partitions):
        raise ValueError(f"{topic.name} has no partition {request.partition}")
    entity = command.session_id if isinstance(command, Asked) else command.pool
    return Output(topic, request.partition, entity, command)


def _refuse(key: Key, command: Asked | Requested, verdict: Verdict, reason: str = "") -> Sequence[Output]:
    request_id, gateway = command.request_id, command.reply_to
    if isinstance(command, Asked):
        refused: Answered = CommandAnswered(
            session_id=command.session_id,
            request_id=request_id,
            reply_to=gateway,
            verdict=verdict,
            reason=reason,
        )
    else:
        refused = RoutingAnswered(
            pool=command.pool, request_id=request_id, reply_to=gateway, verdict=verdict, reason=reason
        )
    return _tell(key, refused, [gateway])


def _tell(key: Key, answer: Answered, gateways: Sequence[str]) -> Sequence[Output]:
    """To where gateways hear answers of this kind."""
    if isinstance(answer, CommandAnswered):
        session = answer.session_id
        home = known_partition(session)
        return [
            Output(CONVERSATION_EVENTS, home, session, replace(answer, reply_to=gateway))
            for gateway in gateways
        ]
    return [
        Output(ROUTING_ANSWERS, key.partition, gateway, replace(answer, reply_to=gateway))
        for gateway in gateways
    ]
