"""What is refused is answered with a problem document, and nothing comes of it."""

import asyncio
import json
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlencode

import asyncpg
import pytest

from schemas.ids import session_id
from schemas.topics import (
    AGENT_ASSIGNMENTS,
    CONVERSATION_COMMANDS,
    CONVERSATION_EVENTS,
    ROUTING_COMMANDS,
    ROUTING_EVENTS,
)
from tests.end_to_end.clients import FORM, JSON, Reply, begin, call, history, post
from tests.faults import logs
from tests.faults.logs import Found
from tests.platform import Platform
from tests.waiting import until

MARK = "bad-5f1c09ab7d3e"
"""No other test says this."""

NOW_MS = int(time.time() * 1000)
SESSIONS = {
    "unknown": session_id(5, NOW_MS, uuid.uuid4().int),
    "nowhere": session_id(3_000, NOW_MS, uuid.uuid4().int),
    "nonsense": f"{MARK}-nonsense",
    "uuid4": str(uuid.uuid4()),
}
"""Ids of no session; `closed` and `waiting` ones are made by the fixture."""

START, SAY, CONNECT, END = "/chat/start", "/chat/message", "/agent/connect", "/chat/end"
TOPICS = (CONVERSATION_EVENTS, CONVERSATION_COMMANDS, ROUTING_COMMANDS, ROUTING_EVENTS, AGENT_ASSIGNMENTS)


class Bad(NamedTuple):
    """A request, `{name}` in its body standing for a session's id, and the status it deserves."""

    path: str
    body: bytes | Mapping[str, object] | None
    media_type: str
    status: int
    method: str = "POST"


def both(path: str, fields: Mapping[str, object], status: int) -> list[Bad]:
    """The fields as JSON and as a form."""
    return [Bad(path, fields, kind, status) for kind in (JSON, FORM)]


ABOUT = {SAY: {"message": "x"}, CONNECT: {"queue": "beta"}, END: {}}
REASONS = {SAY: {"closed"}, CONNECT: {"closed", "already_connecting"}, END: {"closed"}}
LARGE = "x" * 1_000_000
BAD = [
    *(Bad(path, body, JSON, 400) for path in (START, SAY, CONNECT, END) for body in (b"", b"{", b"hello")),
    Bad(START, b"customer_id=%ff", FORM, 400),
    *(Bad(path, b"[]", JSON, 422) for path in (START, SAY, CONNECT, END)),
    Bad(START, {"customer_id": 5}, JSON, 422),
    Bad(START, {"customer_id": MARK, "message": {"a": 1}}, JSON, 422),
    Bad(SAY, {"session_id": "{waiting}", "message": ["x"]}, JSON, 422),
    Bad(SAY, {"session_id": "{waiting}", "message": "x", "message_id": 7}, JSON, 422),
    *both(CONNECT, {"session_id": "{waiting}", "priority": "high"}, 422),
    *both(CONNECT, {"session_id": "{waiting}", "priority": 10}, 422),
    Bad(CONNECT, {"session_id": "{waiting}", "skills": [1]}, JSON, 422),
    *both(CONNECT, {"session_id": "{waiting}", "skills": "korean:9"}, 422),
    *(bad for path in (START, SAY, CONNECT, END) for bad in both(path, {"other": MARK}, 422)),
    *both(SAY, {"session_id": "{waiting}"}, 422),
    *both(SAY, {"session_id": "{waiting}", "message": ""}, 422),
    *both(START, {"customer_id": MARK, "message": "x" * 5_000}, 422),
    *both(START, {"customer_id": MARK, "message": LARGE}, 413),
    *both(SAY, {"session_id": "{waiting}", "message": LARGE}, 413),
    *(
        bad
        for name in SESSIONS
        for path, more in ABOUT.items()
        for bad in both(path, {"session_id": f"{{{name}}}", **more}, 404)
    ),
    *(bad for path, more in ABOUT.items() for bad in both(path, {"session_id": "{closed}", **more}, 409)),
    *(bad for path, more in ABOUT.items() for bad in both(path, {"session_id": "{left}", **more}, 409)),
    *both(CONNECT, {"session_id": "{waiting}", "queue": "beta"}, 409),
    *both(CONNECT, {"session_id": "{waiting}", "queue": "nowhere"}, 422),
    Bad(START, MARK.encode(), "text/plain", 415),
    Bad(SAY, b"--x--", "multipart/form-data; boundary=x", 415),
    Bad("/nowhere", {}, JSON, 404),
    Bad("/chat", None, JSON, 404, "GET"),
    *(Bad(path, None, JSON, 405, method) for path in (START, SAY, CONNECT) for method in ("GET", "PUT")),
    Bad("/consultation/history", {}, JSON, 405),
    Bad("/consultation/history?custmer_id=good", None, JSON, 422, "GET"),
    Bad("/consultation/history?customer_id=good&limit=0", None, JSON, 422, "GET"),
    Bad("/consultation/history?customer_id=good&cursor=x", None, JSON, 422, "GET"),
    Bad("/consultation/history?session_id=nonsense", None, JSON, 404, "GET"),
]


class Tried(NamedTuple):
    """The answers to all of it, and what the log and the rows had before and have after."""

    sessions: dict[str, str]
    replies: list[Reply]
    before: dict[str, list[Found]]
    after: dict[str, list[Found]]
    rows: list[str]

    def new(self, topic: str) -> Iterator[Found]:
        """What came into the topic meanwhile that is about any of our sessions or customers."""
        known = {(one.partition, one.offset) for one in self.before[topic]}
        marks = [MARK.encode(), *(name.encode() for name in self.sessions.values())]
        for record in self.after[topic]:
            text = (record.key or b"") + (record.value or b"")
            if (record.partition, record.offset) not in known and any(mark in text for mark in marks):
                yield record


@pytest.fixture(scope="module")
def tried(platform: Platform) -> Tried:
    sessions = {**SESSIONS, **{name: begin(platform, "good") for name in ("closed", "left", "waiting")}}
    asyncio.run(_bring_about(platform, sessions))
    before = _read(platform)
    replies = [_ask(platform, bad, sessions) for bad in BAD]
    last = begin(platform, "good")  # its row comes after all that might come before it
    asyncio.run(until(lambda: history(platform, last) is not None, 20, "no row of a good session"))
    ids = [one for name, one in sessions.items() if name in ("unknown", "nowhere")]
    return Tried(sessions, replies, before, _read(platform), _rows(platform, ids))


async def _bring_about(platform: Platform, sessions: Mapping[str, str]) -> None:
    """One is closed by its customer, one left the queue, one waits in it."""
    assert post(platform, END, session_id=sessions["closed"]).status == 200
    for name in ("left", "waiting"):
        assert post(platform, CONNECT, session_id=sessions[name], queue="beta").status == 200
    assert post(platform, END, session_id=sessions["left"]).status == 200


def _ask(platform: Platform, bad: Bad, sessions: Mapping[str, str]) -> Reply:
    """Asks again where the verdict did not come in time, which is answered with 200."""
    body = bad.body
    if isinstance(body, Mapping):
        text = urlencode(body) if bad.media_type == FORM else json.dumps(body)
        for name, session in sessions.items():
            text = text.replace(f"{{{name}}}", session).replace(f"%7B{name}%7D", session)
        body = text.encode()
    deadline = time.monotonic() + 10
    while True:
        reply = call(platform, bad.method, bad.path, body, bad.media_type)
        if reply.status != 200 or time.monotonic() > deadline:
            return reply


def _read(platform: Platform) -> dict[str, list[Found]]:
    return asyncio.run(logs.read(platform.stack.kafka.address, [topic.name for topic in TOPICS]))


def _rows(platform: Platform, sessions: Iterable[str]) -> list[str]:
    """The rows of the sessions, and of the customers that were refused."""

    async def read() -> list[str]:
        connection = await asyncpg.connect(platform.database_url)
        try:
            found = await connection.fetch(
                "SELECT session_id::text FROM consultations"
                " WHERE session_id::text = ANY($1) OR customer_id LIKE $2",
                list(sessions),
                f"{MARK}%",
            )
        finally:
            await connection.close()
        return [row[0] for row in found]

    return asyncio.run(read())


@pytest.mark.parametrize("number", range(len(BAD)), ids=[f"{bad.status}-{bad.path}" for bad in BAD])
def test_it_is_a_problem_document_with_the_right_status(tried: Tried, number: int) -> None:
    reply, bad = tried.replies[number], BAD[number]
    assert (reply.status, reply.media_type) == (bad.status, "application/problem+json"), reply
    assert reply.body["status"] == bad.status
    assert reply.body["title"]
    assert reply.body["detail"]
    assert bad.status != 409 or reply.body["reason"] in REASONS[bad.path]


def test_no_event_comes_of_it_but_its_answer(tried: Tried) -> None:
    events = [record.header("type") for record in tried.new(CONVERSATION_EVENTS.name)]
    assert set(events) == {"command.answered"}


def test_only_well_formed_commands_stand_in_the_log(tried: Tried) -> None:
    kinds = {record.header("type") for record in tried.new(CONVERSATION_COMMANDS.name)}
    assert kinds <= {"chat.message", "agent.connect", "conversation.end", "contact.ended"}
    assert not [one for one in tried.new(CONVERSATION_COMMANDS.name) if MARK.encode() in (one.value or b"")]


@pytest.mark.parametrize("topic", [ROUTING_COMMANDS.name, ROUTING_EVENTS.name, AGENT_ASSIGNMENTS.name])
def test_no_contact_and_no_assignment_comes_of_it(tried: Tried, topic: str) -> None:
    assert [record.value for record in tried.new(topic)] == []


def test_no_row_comes_of_it(tried: Tried) -> None:
    assert tried.rows == []
