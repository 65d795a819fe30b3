"""The rows that conversation events make: tuples in the order of their statement's parameters."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, assert_never

import msgspec

from schemas import ids
from schemas.conversation import (
    CommandAnswered,
    ConsultationChanged,
    ConversationErased,
    ConversationEvent,
    ConversationRated,
    MessageAdded,
    QueuePosition,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_json = msgspec.json.Encoder().encode
created_at = lru_cache(10_000)(ids.created_at)
"""Of a session's events many come one after the other."""


class Consultation(NamedTuple):
    """A row of `consultations`; `legs` and `attributes` are JSON."""

    session_id: str
    created_at: datetime
    version: int
    customer_id: str
    channel: str
    status: str
    state: str
    started_at: datetime
    changed_at: datetime
    ended_at: datetime | None
    agent_id: str | None
    pool: str | None
    queue: str | None
    reason: str
    disposition: str
    note: str
    messages: int
    synthetic: bool
    legs: str
    attributes: str


class Message(NamedTuple):
    """A row of `chat_messages`; `attachments` is JSON."""

    session_id: str
    created_at: datetime
    seq: int
    message_id: str
    role: str
    sender_id: str
    kind: str
    text: str
    at: datetime
    attachments: str


class Customer(NamedTuple):
    """What one consultation says of its customer; empty: nothing."""

    customer_id: str
    name: str
    phone: str
    first_seen_at: datetime
    last_seen_at: datetime


class Rating(NamedTuple):
    """What a row of `consultations` is completed with."""

    session_id: str
    created_at: datetime
    rating: int
    comment: str
    at: datetime


class Forgotten(NamedTuple):
    """A session of which no row may be."""

    session_id: str
    created_at: datetime


Row = Consultation | Message | Customer | Rating | Forgotten


class Rows(NamedTuple):
    """Rows of several events: each key once, in the order of the keys, so that writers never deadlock."""

    consultations: Sequence[Consultation]
    messages: Sequence[Message]
    customers: Sequence[Customer]
    ratings: Sequence[Rating] = ()
    forgotten: Sequence[Forgotten] = ()


def at(unix_ms: int) -> datetime:
    """The time, UTC. Raises OverflowError where the calendar ends."""
    return _EPOCH + unix_ms * _MS


def rows_of(event: ConversationEvent) -> tuple[Row, ...]:
    """The rows of one event. Raises ValueError or OverflowError for what no row can hold."""
    match event:
        case MessageAdded():
            return (_message(event),)
        case ConsultationChanged():
            return _consultation(event), _customer(event)
        case ConversationRated():
            return (_rating(event),)
        case ConversationErased():
            return (Forgotten(event.session_id, created_at(event.session_id)),)
        case CommandAnswered() | QueuePosition():
            return ()
        case _:
            assert_never(event)


def merge(rows: Iterable[Row]) -> Rows:
    """Of a consultation the highest version, of a message and a rating the first, of a customer all that was
    said."""
    consultations: dict[str, Consultation] = {}
    messages: dict[tuple[str, int], Message] = {}
    customers: dict[str, Customer] = {}
    ratings: dict[str, Rating] = {}
    forgotten: dict[str, Forgotten] = {}
    for row in rows:
        match row:
            case Message():
                messages.setdefault((row.session_id, row.seq), row)
            case Consultation():
                held = consultations.get(row.session_id)
                if held is None or held.version < row.version:
                    consultations[row.session_id] = row
            case Customer():
                known = customers.get(row.customer_id)
                customers[row.customer_id] = _join(known, row) if known else row
            case Rating():
                ratings.setdefault(row.session_id, row)
            case Forgotten():
                forgotten[row.session_id] = row
            case _:
                assert_never(row)
    return Rows(
        [consultations[key] for key in sorted(consultations)],
        [messages[key] for key in sorted(messages)],
        [customers[key] for key in sorted(customers)],
        [ratings[key] for key in sorted(ratings)],
        [forgotten[key] for key in sorted(forgotten)],
    )


def _join(one: Customer, other: Customer) -> Customer:
    """Both together; where both name something, what was said last counts."""
    older, newer = sorted((one, other), key=lambda customer: customer.last_seen_at)
    return Customer(
        one.customer_id,
        newer.name or older.name,
        newer.phone or older.phone,
        min(one.first_seen_at, other.first_seen_at),
        newer.last_seen_at,
    )


def _message(event: MessageAdded) -> Message:
    return Message(
        event.session_id,
        created_at(event.session_id),
        event.seq,
        event.message_id,
        event.role,
        event.sender_id,
        event.kind,
        event.text,
        at(event.at_ms),
        _json(event.attachments).decode() if event.attachments else "[]",
    )


def _consultation(event: ConsultationChanged) -> Consultation:
    return Consultation(
        session_id=event.session_id,
        created_at=created_at(event.session_id),
        version=event.version,
        customer_id=event.customer_id,
        channel=event.channel,
        status=event.status,
        state=event.state,
        started_at=at(event.started_at_ms),
        changed_at=at(event.changed_at_ms),
        ended_at=at(event.ended_at_ms) if event.ended_at_ms else None,
        agent_id=event.agent_id or None,
        pool=event.pool or None,
        queue=event.queue or None,
        reason=event.reason,
        disposition=event.disposition,
        note=event.note,
        messages=event.messages,
        synthetic=event.synthetic,
        legs=_json(event.legs).decode(),
        attributes=_json(event.attributes).decode(),
    )


def _rating(event: ConversationRated) -> Rating:
    created = created_at(event.session_id)
    return Rating(event.session_id, created, event.rating, event.comment, at(event.at_ms))


def _customer(event: ConsultationChanged) -> Customer:
    """Seen when the consultation began, so its later versions change nothing."""
    seen = at(event.started_at_ms)
    return Customer(event.customer_id, event.customer_name, event.phone, seen, seen)
