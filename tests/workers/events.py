"""Made-up conversations, as records of conversation.events."""

import random

from schemas.conversation import CommandAnswered, ConsultationChanged, ConversationEvent, MessageAdded
from schemas.ids import session_id
from schemas.states import Channel, ConsultationStatus, ConversationState, Role, Verdict

NOW_MS = 1_790_000_000_000


def conversation(rng: random.Random, partition: int = 0, messages: int = 3) -> list[ConversationEvent]:
    """One session's events in order: its versions, its messages, an answer to each."""
    session = session_id(partition, NOW_MS + rng.randrange(10**9), rng.getrandbits(62))
    customer = f"c{rng.randrange(50)}"
    events: list[ConversationEvent] = [changed(session, 1, customer)]
    for seq in range(1, messages + 1):
        events += [
            MessageAdded(
                session_id=session,
                seq=seq,
                message_id=f"m{seq}",
                role=Role.CUSTOMER,
                text=f"안녕하세요 {seq}",
                at_ms=NOW_MS + seq,
            ),
            CommandAnswered(
                session_id=session, request_id=f"r{seq}", reply_to="g1", verdict=Verdict.ACCEPTED, seq=seq
            ),
            changed(session, 1 + seq, customer, messages=seq),
        ]
    return [*events, changed(session, messages + 2, customer, messages=messages, closed=True)]


def changed(
    session: str,
    version: int,
    customer: str = "c1",
    *,
    messages: int = 0,
    closed: bool = False,
    name: str = "",
) -> ConsultationChanged:
    """A version of a consultation."""
    return ConsultationChanged(
        session_id=session,
        version=version,
        customer_id=customer,
        customer_name=name,
        channel=Channel.CHAT,
        state=ConversationState.CLOSED if closed else ConversationState.BOT,
        status=ConsultationStatus.COMPLETED if closed else ConsultationStatus.OPEN,
        started_at_ms=NOW_MS,
        changed_at_ms=NOW_MS + version,
        ended_at_ms=NOW_MS + version if closed else 0,
        messages=messages,
    )


def interleaved(rng: random.Random, sessions: list[list[ConversationEvent]]) -> list[ConversationEvent]:
    """All events in a random order that keeps each session's own."""
    order = [number for number, events in enumerate(sessions) for _ in events]
    rng.shuffle(order)
    rest = [iter(events) for events in sessions]
    return [next(rest[number]) for number in order]
