"""Where a conversation stands: as Redis has it, else Postgres, else as its owner says."""

import time
from datetime import datetime
from http import HTTPStatus
from typing import Any

import asyncpg
import msgspec
from redis.exceptions import RedisError

from gateway.answers import Refused, busy
from gateway.chat import ask
from gateway.history import Consultation
from gateway.state import Gateway
from schemas.api import ChatStatus
from schemas.conversation import AskStatus, ConsultationChanged, QueuePosition
from schemas.ids import created_at
from schemas.states import ConversationState, Verdict

UNREADABLE = (RedisError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
_NEW_S = 24 * 3600.0
"""What is older and nowhere is not asked for: it would have been stored."""
_decode_changed = msgspec.json.Decoder(ConsultationChanged).decode
_decode_place = msgspec.json.Decoder(QueuePosition).decode


async def standing_of(gateway: Gateway, session_id: str) -> ChatStatus:
    """Raises Refused: 404 for a session that never was, 503 where nobody can say."""
    try:
        found = await _told(gateway, session_id) or await _stored(gateway, session_id)
    except UNREADABLE as error:
        raise busy("The conversation can't be read now") from error
    return found or await _asked(gateway, session_id)


async def _told(gateway: Gateway, session_id: str) -> ChatStatus | None:
    """By the notifier. Where Redis can't be read, Postgres is asked."""
    try:
        told = await gateway.feeds.stored.standing(session_id)
    except (RedisError, OSError, TimeoutError):
        return None
    if told.changed is None:
        return None
    changed = _decode_changed(told.changed)
    waits = changed.state is ConversationState.WAITING and told.place is not None
    place = _decode_place(told.place or b"") if waits else None
    return ChatStatus(
        session_id=session_id,
        state=changed.state,
        status=changed.status,
        seq=max(changed.messages, told.last_seq),
        started_at_ms=changed.started_at_ms,
        ended_at_ms=changed.ended_at_ms or None,
        queue=changed.queue or None,
        position=place.position if place else None,
        estimated_wait_s=place.estimated_wait_s if place else None,
        estimated_wait_high_s=place.estimated_wait_high_s if place else None,
        **_agent(gateway, changed.pool, changed.agent_id),
    )


async def _stored(gateway: Gateway, session_id: str) -> ChatStatus | None:
    row: Consultation | None = await gateway.history.one(session_id, messages=False)
    if row is None:
        return None
    return ChatStatus(
        session_id=session_id,
        state=row.state,
        status=row.status,
        seq=row.message_count,
        started_at_ms=_ms(row.started_at),
        ended_at_ms=_ms(row.ended_at) if row.ended_at else None,
        queue=row.queue,
        **_agent(gateway, row.pool or "", row.agent_id or ""),
    )


async def _asked(gateway: Gateway, session_id: str) -> ChatStatus:
    """It has been started and is stored nowhere yet, or never was."""
    unknown = Refused(HTTPStatus.NOT_FOUND, "There is no such session")
    if time.time() - created_at(session_id).timestamp() > _NEW_S:
        raise unknown
    answer = await ask(gateway, AskStatus(session_id=session_id, **gateway.origin()._asdict()), "")
    if answer is None or answer.verdict is Verdict.EXPIRED:
        raise busy("The conversation did not answer in time")
    if answer.verdict is Verdict.NOT_FOUND:
        raise unknown
    closed = answer.verdict is Verdict.CONFLICT
    state = ConversationState.CLOSED if closed else ConversationState(answer.status)
    status = state if closed else "open"
    return ChatStatus(session_id=session_id, state=state, status=status, seq=answer.seq or 0)


def _agent(gateway: Gateway, pool: str, agent_id: str) -> dict[str, Any]:
    found = gateway.directory.pool(pool)
    names = {agent.id: agent.name for agent in found.agents} if found and agent_id else {}
    return {"agent_id": agent_id or None, "agent_name": names.get(agent_id)}


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
