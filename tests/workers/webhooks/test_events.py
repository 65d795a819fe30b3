"""What endpoints hear of which record."""

from typing import Any

import pytest

from schemas.audit import Decided, RoutingEvent
from schemas.codec import encode
from schemas.conversation import ConversationRated, MessageAdded
from schemas.ids import session_id
from schemas.states import Channel, Role
from schemas.webhooks import ContactData, ConversationData, EventType, RatingData
from tests.workers.events import NOW_MS, changed
from workers.webhooks.events import of_conversation, of_routing

SESSION = session_id(2, NOW_MS, 7)
CONTACT = f"{SESSION}.1"


def decided(event: Decided, **more: Any) -> RoutingEvent:
    return RoutingEvent(pool="p", event=event, contact_id=CONTACT, queue="q", at_ms=NOW_MS, **more)


@pytest.mark.parametrize(
    ("event", "type_", "outcome"),
    [
        (Decided.ENQUEUED, EventType.CONTACT_REQUESTED, ""),
        (Decided.ASSIGNED, EventType.CONTACT_ASSIGNED, ""),
        (Decided.TRANSFERRED, EventType.CONTACT_TRANSFERRED, ""),
        (Decided.COMPLETED, EventType.CONTACT_ENDED, "completed"),
        (Decided.CANCELED, EventType.CONTACT_ENDED, "canceled"),
    ],
)
def test_contacts(event: Decided, type_: EventType, outcome: str) -> None:
    found = of_routing(decided(event, agent_id="a", reason="r", waited_s=1.23456, linked_to="x.0"), "id")
    assert found is not None
    assert (found.type, round(found.at.timestamp() * 1000)) == (type_, NOW_MS)
    assert found.data == ContactData(
        contact_id=CONTACT,
        session_id=SESSION,
        pool="p",
        queue="q",
        channel=Channel.CHAT,
        agent_id="a",
        outcome=outcome,
        reason="r",
        waited_s=1.235,
        continues="x.0",
    )


@pytest.mark.parametrize("event", [Decided.OFFERED, Decided.REQUEUED, Decided.MOVED, Decided.WRAPPING])
def test_what_happens_in_between_is_for_the_audit(event: Decided) -> None:
    assert of_routing(decided(event), "id") is None


def test_nothing_is_said_of_what_no_customer_did() -> None:
    assert of_routing(decided(Decided.ASSIGNED, synthetic=True), "id") is None
    assert of_routing(RoutingEvent(pool="p", event=Decided.COMPLETED), "id") is None


def test_an_event_is_known_by_its_record() -> None:
    one, same, other = (of_routing(decided(Decided.ASSIGNED), identity) for identity in "aab")
    assert one == same != other
    assert one is not None
    assert one.id.startswith("evt_")
    assert "." not in one.id


def test_a_conversation_is_told_of_when_it_starts_and_once_when_it_ends() -> None:
    versions = [
        changed(SESSION, 1),
        changed(SESSION, 2, messages=1),
        changed(SESSION, 3, messages=2, closed=True),
        changed(SESSION, 4, messages=2, closed=True),
    ]
    started, nothing, closed, again = map(of_conversation, versions)
    assert nothing is None
    assert started is not None
    assert closed is not None
    assert again is not None
    assert (started.type, closed.type) == (EventType.CONVERSATION_STARTED, EventType.CONVERSATION_CLOSED)
    assert closed.id == again.id != started.id
    assert isinstance(closed.data, ConversationData)
    assert (closed.data.status, closed.data.messages) == ("completed", 2)


def test_a_rating_is_told_without_what_was_written_beside_it() -> None:
    found = of_conversation(ConversationRated(session_id=SESSION, rating=4, comment="secret", at_ms=NOW_MS))
    assert found is not None
    assert (found.type, found.data) == (
        EventType.CONVERSATION_RATED,
        RatingData(session_id=SESSION, rating=4),
    )
    assert b"secret" not in encode(found)


def test_nothing_that_somebody_wrote_leaves_the_house() -> None:
    said = MessageAdded(session_id=SESSION, seq=1, message_id="m", role=Role.CUSTOMER, text="secret")
    assert of_conversation(said) is None
    found = of_conversation(changed(SESSION, 1, name="secret"))
    assert b"secret" not in encode(found)
