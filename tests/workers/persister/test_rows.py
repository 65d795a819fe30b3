"""Events and the rows they make."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from schemas.conversation import CommandAnswered, ConversationRated, Leg, MessageAdded, QueuePosition
from schemas.ids import session_id
from schemas.states import Role, Verdict
from tests.workers.events import NOW_MS, changed
from workers.persister.rows import Consultation, Customer, Message, Rating, Row, at, merge, rows_of

SESSION = session_id(0, NOW_MS, 1)
NOW = datetime.fromtimestamp(NOW_MS / 1000, UTC)


def customer(name: str, phone: str, minute: int) -> Customer:
    seen = NOW + timedelta(minutes=minute)
    return Customer("c", name, phone, seen, seen)


def test_a_message() -> None:
    event = MessageAdded(
        session_id=SESSION, seq=3, message_id="m", role=Role.AGENT, sender_id="a", text="네", at_ms=NOW_MS + 5
    )
    later = NOW + timedelta(milliseconds=5)
    assert rows_of(event) == (Message(SESSION, NOW, 3, "m", "agent", "a", "text", "네", later, "[]"),)


def test_a_consultation_and_its_customer() -> None:
    consultation, seen = rows_of(changed(SESSION, 4, "c9", messages=2, closed=True, name="김"))
    assert isinstance(consultation, Consultation)
    assert (consultation.session_id, consultation.created_at, consultation.version) == (SESSION, NOW, 4)
    assert (consultation.status, consultation.state, consultation.messages) == ("completed", "closed", 2)
    assert consultation.ended_at == NOW + timedelta(milliseconds=4)
    assert (consultation.agent_id, consultation.legs, consultation.attributes) == (None, "[]", "{}")
    assert seen == Customer("c9", "김", "", NOW, NOW)


def test_legs_are_json() -> None:
    leg = Leg(contact_id="s.1", pool="p", queue="q", requested_at_ms=1)
    event = changed(SESSION, 1)
    row = rows_of(
        type(event)(**{name: getattr(event, name) for name in event.__struct_fields__} | {"legs": (leg,)})
    )
    assert isinstance(row[0], Consultation)
    assert row[0].legs == '[{"contact_id":"s.1","pool":"p","queue":"q","requested_at_ms":1}]'


def test_attributes_are_json() -> None:
    row = rows_of(structs.replace(changed(SESSION, 1), attributes={"topic": "주문"}))[0]
    assert isinstance(row, Consultation)
    assert row.attributes == '{"topic":"주문"}'


def test_an_answer_makes_no_row() -> None:
    answer = CommandAnswered(session_id=SESSION, request_id="r", reply_to="g", verdict=Verdict.ACCEPTED)
    assert rows_of(answer) == rows_of(QueuePosition(session_id=SESSION, position=1)) == ()


def test_the_first_rating_counts() -> None:
    rated = ConversationRated(session_id=SESSION, rating=4, comment="fine", at_ms=NOW_MS)
    again = ConversationRated(session_id=SESSION, rating=1, at_ms=NOW_MS + 1)
    merged = merge([*rows_of(rated), *rows_of(again)])
    assert merged.ratings == [Rating(SESSION, NOW, 4, "fine", NOW)]


@pytest.mark.parametrize("session", ["", "s1", SESSION.upper(), "0" * 32], ids=repr)
def test_what_is_no_session_makes_no_row(session: str) -> None:
    with pytest.raises(ValueError, match=r"UUID|session id"):
        rows_of(changed(session, 1))


def test_a_time_past_the_calendar_makes_no_row() -> None:
    with pytest.raises(OverflowError):
        at(10**18)


@given(st.permutations([1, 2, 3, 4]))
def test_the_highest_version_is_kept_in_any_order(versions: list[int]) -> None:
    merged = merge(row for version in versions for row in rows_of(changed(SESSION, version)))
    assert [row.version for row in merged.consultations] == [4]


@pytest.mark.parametrize(
    ("said", "name", "phone"),
    [
        ([("김", "", 0), ("", "", 5)], "김", ""),
        ([("김", "", 0), ("이", "", 5)], "이", ""),
        ([("김", "010", 5), ("이", "", 0)], "김", "010"),
        ([("", "010", 0), ("이", "", 5)], "이", "010"),
    ],
)
def test_customers_are_joined_in_any_order(said: list[tuple[str, str, int]], name: str, phone: str) -> None:
    for order in permutations(said):
        (joined,) = merge(customer(*one) for one in order).customers
        assert (joined.name, joined.phone) == (name, phone)
        assert (joined.first_seen_at, joined.last_seen_at) == (NOW, NOW + timedelta(minutes=5))


def test_rows_come_in_the_order_of_their_keys_each_key_once() -> None:
    rows: list[Row] = [customer("b", "", 0)._replace(customer_id=id_) for id_ in ("z", "a", "m", "a")]
    assert [row.customer_id for row in merge(rows).customers] == ["a", "m", "z"]
