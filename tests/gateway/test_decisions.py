"""What is decided without waiting for anything: ids, places, tokens, cursors, who holds what."""

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gateway
from gateway.answers import Refused
from gateway.commands import spread
from gateway.consultations import limit_of
from gateway.directory import Directory, UnknownQueue
from gateway.needs import BadSkill, request_of, requirement
from gateway.paging import BadCursor, Cursor
from gateway.pools import refusal
from gateway.realtime.held import Held
from gateway.sql import SQL
from schemas.answers import RoutingAnswered
from schemas.api import Needs, Problem
from schemas.assignments import AgentState, AssignmentEnded, AssignmentMade, HeldContact
from schemas.config import Agent, PoolConfig, Queue
from schemas.states import ContactState, Presence, Verdict

POOL = PoolConfig(
    pool="b", partition=2, queues=(Queue(name="q2"),), agents=(Agent(id="x", name="X", queues=()),)
)
EARLIER = PoolConfig(pool="a", partition=1, queues=(Queue(name="q1"), Queue(name="q3")))


def test_sessions_are_spread_evenly_over_time() -> None:
    counts = Counter(spread(8, ms, 3) for ms in range(16_000))
    assert set(counts) == set(range(8))
    assert set(counts.values()) == {2_000}


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [("a", ("a", 1)), ("a:3", ("a", 3)), (("a:b", 2), ("a:b", 2)), ("a:b:5", ("a:b", 5))],
)
def test_requirements(given_: str | tuple[str, int], wanted: tuple[str, int]) -> None:
    found = requirement(given_)
    assert (found.skill, found.level) == wanted


@pytest.mark.parametrize(
    "bad", ["", ":3", "a:0", "a:6", "a:x", "a:" + "1" * 5_000, ("a", 0), ("", 1), ("a" * 200, 1)]
)
def test_what_is_no_requirement(bad: str | tuple[str, int]) -> None:
    with pytest.raises(BadSkill):
        requirement(bad)


REASONS = (
    *("unknown_agent", "unknown_queue", "unknown_pool", "no_target", "same_agent", "same_queue"),
    *("stale_offer", "not_held", "not_assigned", "already_assigned", "already_offered", "agent_offline"),
    *("not_routable", "not_present", "not_of_queue", "at_capacity", "wrong_channel", "synthetic"),
)


def test_every_reason_of_a_pool_has_a_sentence_of_its_own() -> None:
    details = {detail_of(reason) for reason in (*REASONS, "unheard_of")}
    assert len(details) == len(REASONS) + 1


def detail_of(reason: str) -> str:
    said = RoutingAnswered(pool="p", request_id="r", reply_to="g", verdict=Verdict.CONFLICT, reason=reason)
    answer = refusal(said)
    assert answer is not None
    assert answer.status == 409
    return msgspec.json.decode(answer.body, type=Problem).detail


def needs(**more: object) -> Needs:
    return msgspec.convert(more, Needs)


@pytest.mark.parametrize(
    ("bad", "path"),
    [
        ({"skills": ["a:9"]}, "$.skills"),
        ({"skills_for_s": 1, "steps": [{"for_s": 1}, {"skills": [":2"]}]}, "$.steps[1].skills"),
        ({"skills": ["a"], "steps": [{}]}, "$.skills_for_s"),
        ({"skills_for_s": 5, "steps": [{"for_s": 1}, {}, {"for_s": 3}]}, "$.steps[1].for_s"),
    ],
)
def test_needs_that_make_no_sense_are_refused_with_the_path(bad: dict[str, object], path: str) -> None:
    with pytest.raises(Refused) as refused:
        request_of(needs(**bad), "q")
    assert refused.value.answer.status == 422
    assert str(refused.value).endswith(f"at `{path}`")


def test_nobody_preferred_is_waited_for_no_time() -> None:
    assert request_of(needs(), "q").preferred_s == 0.0
    assert request_of(needs(preferred_agent="x"), "q").preferred_s == 30.0


def test_the_directory_follows_the_configuration() -> None:
    directory = Directory()
    with pytest.raises(UnknownQueue):
        directory.find("")
    directory.put(POOL)
    assert directory.find("") == ("q2", "b", 2)
    directory.put(EARLIER)
    assert directory.find("") == ("q1", "a", 1)
    assert directory.find("q3") == ("q3", "a", 1)
    assert directory.pool_of("x") == POOL
    assert directory.only_pool() is None
    assert directory.pool_of("nobody") is None
    directory.remove("a")
    assert directory.only_pool() == POOL
    with pytest.raises(UnknownQueue, match="q3"):
        directory.find("q3")


def _made(contact: str, seq: int) -> AssignmentMade:
    session = contact.partition(".")[0]
    return AssignmentMade(
        agent_id="x",
        seq=seq,
        contact_id=contact,
        session_id=session,
        customer_id="c",
        queue="q",
        offer_epoch=1,
    )


def _ended(contact: str, reason: str) -> AssignmentEnded:
    return AssignmentEnded(agent_id="x", seq=9, contact_id=contact, reason=reason)


def _state(**contacts: ContactState) -> AgentState:
    held = tuple(
        HeldContact(
            contact_id=f"{session}.1",
            session_id=session,
            customer_id="c",
            queue="q",
            state=state,
            offer_epoch=1,
        )
        for session, state in contacts.items()
    )
    return AgentState(agent_id="x", seq=1, presence=Presence.ROUTABLE, contacts=held)


def test_an_agent_reads_what_it_holds() -> None:
    held = Held()
    held.hear(_state(s1=ContactState.ASSIGNED, s2=ContactState.RESERVED, s3=ContactState.WRAPPING))
    assert held.sessions == {"s1", "s3"}
    held.hear(_made("s4.1", 2))
    held.hear(_ended("s1.1", "wrapping"))
    assert held.sessions == {"s1", "s3", "s4"}
    held.hear(_ended("s1.1", "completed"))
    held.hear(_ended("s9.1", "completed"))
    assert held.sessions == {"s3", "s4"}
    held.hear(_made("s4.2", 3))
    held.hear(_ended("s4.1", "completed"))
    assert held.sessions == {"s3", "s4"}, "its later contact is held still"
    held.hear(_state())
    assert held.sessions == frozenset()


@given(
    at=st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2200, 1, 1)),
    session=st.text(max_size=60),
)
def test_cursors_survive_their_text(at: datetime, session: str) -> None:
    cursor = Cursor(at.replace(tzinfo=UTC), session.replace("\0", ""))
    assert Cursor.parse(cursor.text()) == cursor


@given(text=st.text(max_size=60))
def test_other_texts_are_no_cursors(text: str) -> None:
    with suppress(BadCursor):
        assert Cursor.parse(text).created_at.tzinfo is UTC


def test_every_statement_has_a_name_and_a_use() -> None:
    code = "".join(path.read_text() for path in Path(gateway.__file__).parent.rglob("*.py"))
    assert {"history", "consultation", "transcript"} <= SQL.keys()
    assert [name for name in SQL if f'"{name}"' not in code] == []


def test_a_limit_of_thousands_of_digits_is_refused() -> None:
    for text in ("1" * 5_000, "0", "x"):
        with pytest.raises(Refused):
            limit_of(text)
    assert limit_of("1") == 1
