"""Webhooks: the events that endpoints hear of, as they are sent, and the bodies of /admin/webhooks."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from schemas.limits import Personal
from schemas.states import Channel

MAX_URL = 2_000
SECRET_PREFIX = "whsec_"


class EventType(StrEnum):
    """What happened."""

    CONVERSATION_STARTED = "conversation.started"
    CONVERSATION_CLOSED = "conversation.closed"
    CONVERSATION_RATED = "conversation.rated"
    CONTACT_REQUESTED = "contact.requested"
    CONTACT_ASSIGNED = "contact.assigned"
    CONTACT_TRANSFERRED = "contact.transferred"
    CONTACT_ENDED = "contact.ended"
    TEST = "webhook.test"


class DeliveryState(StrEnum):
    """What became of an event at one endpoint; `dead` after the last try, until somebody sends it again."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class Data(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of `data`; what is empty is left out. No text that somebody wrote, no name, no phone number."""


class ConversationData(Data, frozen=True, kw_only=True):
    """Of conversation.started and conversation.closed; `status` as in GET /consultation/history."""

    session_id: str
    customer_id: Personal[str]
    channel: Channel
    status: str
    pool: str = ""
    queue: str = ""
    agent_id: str = ""
    reason: str = ""
    disposition: str = ""
    messages: int = 0
    contacts: int = 0


class RatingData(Data, frozen=True, kw_only=True):
    """Of conversation.rated; what the customer wrote beside it stays here."""

    session_id: str
    rating: int


class ContactData(Data, frozen=True, kw_only=True):
    """Of contact.…; `continues` is the contact before a transfer, `waited_s` the wait until an agent accepted
    or nobody did, `outcome` (completed, canceled) that of an ended one."""

    contact_id: str
    session_id: str
    pool: str
    queue: str
    channel: Channel
    agent_id: str = ""
    outcome: str = ""
    reason: str = ""
    waited_s: float = 0.0
    continues: str = ""


class TestData(Data, frozen=True, kw_only=True):
    """Of webhook.test."""

    message: str = "A test, asked for by an administrator"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a delivery. `id` is the header webhook-id, too, and the same however often it comes."""

    id: str
    type: EventType
    at: datetime
    data: ConversationData | RatingData | ContactData | TestData


class EndpointWanted(msgspec.Struct, frozen=True, kw_only=True):
    """POST /admin/webhooks; without `events` it hears of all of them."""

    url: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_URL)]
    events: Annotated[tuple[EventType, ...], msgspec.Meta(max_length=len(EventType))] = ()
    description: Annotated[str, msgspec.Meta(max_length=200)] = ""
