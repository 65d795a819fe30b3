"""What endpoints hear of a record: pure."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from schemas.audit import Decided, RoutingEvent
from schemas.conversation import ConsultationChanged, ConversationEvent, ConversationRated
from schemas.ids import session_of
from schemas.states import ConversationState
from schemas.webhooks import ContactData, ConversationData, Event, EventType, RatingData

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CONTACT = {
    Decided.ENQUEUED: EventType.CONTACT_REQUESTED,
    Decided.ASSIGNED: EventType.CONTACT_ASSIGNED,
    Decided.TRANSFERRED: EventType.CONTACT_TRANSFERRED,
    Decided.COMPLETED: EventType.CONTACT_ENDED,
    Decided.CANCELED: EventType.CONTACT_ENDED,
}
_ENDED = frozenset({Decided.COMPLETED, Decided.CANCELED})


def of_routing(event: RoutingEvent, identity: str) -> Event | None:
    """`identity` is the record's id, the same when it is decided again. None for what concerns no contact of
    a customer. Raises OverflowError where the calendar ends."""
    kind = _CONTACT.get(event.event)
    if kind is None or event.synthetic or not event.contact_id:
        return None
    data = ContactData(
        contact_id=event.contact_id,
        session_id=session_of(event.contact_id),
        pool=event.pool,
        queue=event.queue,
        channel=event.channel,
        agent_id=event.agent_id,
        outcome=event.event.value if event.event in _ENDED else "",
        reason=event.reason,
        waited_s=round(event.waited_s, 3),
        continues=event.linked_to,
    )
    return _event(kind, identity, event.at_ms, data)


def of_conversation(event: ConversationEvent) -> Event | None:
    """The first version of a consultation, the first one that is closed, and the rating; what else it tells
    is for those who take part. Raises OverflowError where the calendar ends."""
    if isinstance(event, ConversationRated):
        rating = RatingData(session_id=event.session_id, rating=event.rating)
        kind = EventType.CONVERSATION_RATED
        return _event(kind, f"{event.session_id}:{kind}", event.at_ms, rating)
    if not isinstance(event, ConsultationChanged) or event.synthetic:
        return None
    closed = event.state is ConversationState.CLOSED
    if event.version != 1 and not closed:
        return None
    kind = EventType.CONVERSATION_CLOSED if closed else EventType.CONVERSATION_STARTED
    data = ConversationData(
        session_id=event.session_id,
        customer_id=event.customer_id,
        channel=event.channel,
        status=event.status,
        pool=event.pool,
        queue=event.queue,
        agent_id=event.agent_id,
        reason=event.reason,
        disposition=event.disposition,
        messages=event.messages,
        contacts=len(event.legs),
    )
    # By the session, not by the version: a closed one may have later versions.
    return _event(kind, f"{event.session_id}:{kind}", event.changed_at_ms, data)


def _event(
    kind: EventType, identity: str, at_ms: int, data: ConversationData | RatingData | ContactData
) -> Event:
    at = _EPOCH + timedelta(milliseconds=at_ms)
    return Event(id=f"evt_{sha256(identity.encode()).hexdigest()[:32]}", type=kind, at=at, data=data)
