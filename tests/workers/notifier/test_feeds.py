"""What each record does in Redis."""

import pytest

from schemas.answers import RoutingAnswered
from schemas.assignments import OfferEnded
from schemas.audit import Decided, RoutingEvent
from schemas.codec import Record, encode
from schemas.conversation import (
    CommandAnswered,
    ConversationErased,
    ConversationRated,
    MessageAdded,
    QueuePosition,
)
from schemas.states import Role, Verdict
from tests.workers.events import changed
from workers.notifier.feeds import (
    AGENT_TTL_S,
    ERASED,
    POOL_TTL_S,
    SESSION_TTL_S,
    Note,
    agent_note,
    answer_note,
    pool_note,
    session_note,
)


def message(seq: int) -> MessageAdded:
    return MessageAdded(session_id="s1", seq=seq, message_id="m", role=Role.BOT)


def answer(reply_to: str) -> CommandAnswered:
    return CommandAnswered(session_id="s1", request_id="r", reply_to=reply_to, verdict=Verdict.ACCEPTED)


@pytest.mark.parametrize(
    ("record", "note"),
    [
        (message(7), Note("nudge:session:s1", "session:s1", 7, SESSION_TTL_S)),
        (answer("g2"), Note("gateway:g2")),
        (answer(""), None),  # nobody waits
        (changed("s1", 1), Note("status:session:s1", "status:session:s1", 0, SESSION_TTL_S)),
        (
            QueuePosition(session_id="s1", position=3),
            Note("live:session:s1", "position:session:s1", 0, SESSION_TTL_S),
        ),
        (ConversationRated(session_id="s1", rating=3), None),
        (ConversationErased(session_id="s1"), Note("nudge:session:s1", "session:s1", ERASED)),
    ],
)
def test_conversation_events(record: Record, note: Note | None) -> None:
    assert session_note(encode(record)) == note


def test_an_agents_entry() -> None:
    entry = OfferEnded(agent_id="a1", seq=3, contact_id="c", reason="timeout")
    assert agent_note(encode(entry)) == Note("nudge:agent:a1", "agent:a1", 3, AGENT_TTL_S)


def test_an_event_of_a_pool() -> None:
    event = RoutingEvent(pool="p", event=Decided.ENQUEUED, seq=4)
    assert pool_note(encode(event)) == Note("nudge:pool:p", "pool:p", 4, POOL_TTL_S)
    assert pool_note(encode(RoutingEvent(pool="p", event=Decided.ENQUEUED))) is None, "from before numbers"
    with pytest.raises(ValueError, match="below 1"):
        pool_note(b'{"type":"routing.decided","pool":"p","event":"moved","seq":-1}')


def test_a_pools_answer() -> None:
    answered = RoutingAnswered(pool="p", request_id="r", reply_to="g2", verdict=Verdict.CONFLICT)
    assert answer_note(encode(answered)) == Note("gateway:g2")
    with pytest.raises(ValueError, match="reply_to"):
        answer_note(b'{"type":"routing.answered","pool":"p","request_id":"r"}')


@pytest.mark.parametrize("value", [b"", b"{}", b"no", encode(message(0)), encode(message(-1))])
def test_what_cannot_be_read(value: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        session_note(value)
