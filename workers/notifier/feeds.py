"""What a record does in Redis: pure."""

from typing import NamedTuple, assert_never

from schemas.answers import decode_answer
from schemas.assignments import decode_feed
from schemas.audit import decode_audit
from schemas.conversation import (
    CommandAnswered,
    ConsultationChanged,
    ConversationErased,
    ConversationRated,
    MessageAdded,
    QueuePosition,
    decode_event,
)

SESSION_TTL_S = 3600
AGENT_TTL_S = 24 * 3600
POOL_TTL_S = 24 * 3600
ERASED = -1
"""In place of a number: the session's feed and what is beside it are deleted."""


class Note(NamedTuple):
    """Publish the record's JSON on `channel`; where there is a `feed`, add it there first, as entry `seq`, or
    in place of what stood there where it has no number (0)."""

    channel: str
    feed: str = ""
    seq: int = 0
    ttl_s: int = 0


def session_note(value: bytes) -> Note | None:
    """Of a record of conversation.events. Raises ValueError."""
    match event := decode_event(value):
        case MessageAdded(session_id=session):
            return Note(f"nudge:session:{session}", f"session:{session}", numbered(event.seq), SESSION_TTL_S)
        case CommandAnswered(reply_to=gateway):
            return Note(f"gateway:{gateway}") if gateway else None
        case ConsultationChanged(session_id=session):
            return _newest(f"status:session:{session}", f"status:session:{session}")
        case QueuePosition(session_id=session):
            return _newest(f"live:session:{session}", f"position:session:{session}")
        case ConversationRated():
            return None
        case ConversationErased(session_id=session):
            return Note(f"nudge:session:{session}", f"session:{session}", ERASED)
        case _:
            assert_never(event)


def _newest(channel: str, name: str) -> Note:
    """For who listens, and kept until the next one."""
    return Note(channel, name, 0, SESSION_TTL_S)


def agent_note(value: bytes) -> Note:
    """Of a record of agent.assignments. Raises ValueError."""
    entry = decode_feed(value)
    return Note(f"nudge:agent:{entry.agent_id}", f"agent:{entry.agent_id}", numbered(entry.seq), AGENT_TTL_S)


def answer_note(value: bytes) -> Note:
    """Of a record of routing.answers. Raises ValueError."""
    return Note(f"gateway:{decode_answer(value).reply_to}")


def pool_note(value: bytes) -> Note | None:
    """Of a record of routing.events; nothing where it has no number. Raises ValueError."""
    event = decode_audit(value)
    if event.seq == 0:
        return None
    return Note(f"nudge:pool:{event.pool}", f"pool:{event.pool}", numbered(event.seq), POOL_TTL_S)


def numbered(seq: int) -> int:
    """The number of a feed's entry, counted from 1. Raises ValueError for any other."""
    if seq < 1:
        raise ValueError(f"seq {seq} is below 1")
    return seq
