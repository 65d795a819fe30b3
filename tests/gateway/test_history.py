"""GET /consultation/history on a real Postgres."""

import asyncio
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from gateway.security.passes import Passes
from gateway.security.tokens import Role
from schemas.ids import created_at, session_id
from tests.gateway.bearers import agent, staff
from tests.gateway.conftest import Servers
from tests.gateway.process import SEAL, GatewayProcess

START_MS = 1_790_000_000_000
INSERT = """
INSERT INTO consultations (session_id, created_at, version, customer_id, channel, status, state,
                           started_at, changed_at, agent_id, messages, legs)
VALUES ($1, $2, 1, $3, 'chat', 'open', 'bot', $2, $2, 'a', 2, $4)
"""
INSERT_MESSAGE = """
INSERT INTO chat_messages (session_id, created_at, seq, message_id, role, text, at)
VALUES ($1, $2, $3, 'm', 'customer', $4, $2)
"""
INSERT_NOTE = """
INSERT INTO chat_messages (session_id, created_at, seq, message_id, role, sender_id, kind, text, at)
VALUES ($1, $2, 3, 'n', 'agent', 'gw-agent', 'note', 'difficult', $2)
"""
LEGS = '[{"contact_id": "x.1", "pool": "p", "queue": "q", "requested_at_ms": 5}]'


@pytest.fixture(scope="module")
def customer(servers: Servers) -> str:
    """A customer with 25 consultations, several of them in the same millisecond."""
    customer = uuid.uuid4().hex
    sessions = [session_id(number % 8, START_MS + number // 5, number) for number in range(25)]
    asyncio.run(_fill(servers.database, customer, sessions))
    return customer


async def _fill(url: str, customer: str, sessions: list[str]) -> None:
    connection = await asyncpg.connect(url)
    for session in sessions:
        await connection.execute(INSERT, session, created_at(session), customer, LEGS)
        for seq, text in enumerate(("안녕하세요", "hello"), 1):
            await connection.execute(INSERT_MESSAGE, session, created_at(session), seq, text)
    await connection.close()


def test_pages_give_each_once_and_newest_first(gateway: GatewayProcess, customer: str) -> None:
    path, found = f"/consultation/history?customer_id={customer}&limit=4", []
    cursor: str | None = ""
    while cursor is not None:
        answer = gateway.get(path + (f"&cursor={cursor}" if cursor else ""))
        assert answer.status == 200
        assert len(answer.body["items"]) <= 4
        found += answer.body["items"]
        cursor = answer.body["next_cursor"]
    sessions = [item["session_id"] for item in found]
    assert len(sessions) == len(set(sessions)) == 25
    assert sessions == sorted(sessions, key=lambda session: (created_at(session), session), reverse=True)


def test_a_page_that_holds_all_is_the_last(gateway: GatewayProcess, customer: str) -> None:
    answer = gateway.get(f"/consultation/history?customer_id={customer}&limit=25")
    assert len(answer.body["items"]) == 25
    assert answer.body["next_cursor"] is None


def test_one_session_with_its_messages(gateway: GatewayProcess, customer: str) -> None:
    session = gateway.get(f"/consultation/history?customer_id={customer}&limit=1").body["items"][0][
        "session_id"
    ]
    (item,) = gateway.get(f"/consultation/history?session_id={session}&include=messages").body["items"]
    assert (item["customer_id"], item["status"], item["message_count"]) == (customer, "open", 2)
    assert item["legs"][0]["contact_id"] == "x.1"
    assert [(entry["seq"], entry["text"]) for entry in item["messages"]] == [(1, "안녕하세요"), (2, "hello")]
    started = datetime.fromisoformat(item["started_at"])
    assert started - datetime.fromtimestamp(START_MS / 1000, UTC) < timedelta(seconds=1)
    (without,) = gateway.get(f"/consultation/history?session_id={session}").body["items"]
    assert "messages" not in without


@pytest.fixture
def noted(servers: Servers) -> str:
    """A session of these minutes, in which an agent has noted something."""
    session = session_id(1, time.time_ns() // 1_000_000, time.time_ns())
    asyncio.run(_note(servers.database, session))
    return session


async def _note(url: str, session: str) -> None:
    await _fill(url, "c", [session])
    connection = await asyncpg.connect(url)
    await connection.execute(INSERT_NOTE, session, created_at(session))
    await connection.execute("UPDATE consultations SET note = 'tiring' WHERE session_id = $1", session)
    await connection.close()


def test_customers_see_no_notes_and_staff_do(servers: Servers, noted: str) -> None:
    strict = GatewayProcess(servers.environment, customer_tokens="strict")
    strict.start()
    path = f"/consultation/history?session_id={noted}&include=messages"

    def seen(token: str) -> tuple[str, dict[str, Any]]:
        answer = strict.ask("GET", path, None, {"Authorization": f"Bearer {token}"})
        (item,) = answer.body["items"]
        assert [entry["text"] for entry in item["messages"][:2]] == ["안녕하세요", "hello"]
        return item["note"], item["messages"][2]

    try:
        note, entry = seen(Passes(SEAL, 24 * 3600, required=True).of(noted))
        assert (note, entry["seq"], entry["kind"], entry.get("text", "")) == ("", 3, "hidden", "")
        assert (entry.get("message_id"), entry.get("sender_id", "")) == ("", "")
        for token in (agent(), staff("sue", Role.SUPERVISOR)):
            note, entry = seen(token)
            assert (note, entry["seq"], entry["kind"], entry["text"]) == ("tiring", 3, "note", "difficult")
    finally:
        strict.stop()


def test_in_the_local_profile_without_tokens_notes_are_shown(gateway: GatewayProcess, noted: str) -> None:
    (item,) = gateway.get(f"/consultation/history?session_id={noted}&include=messages").body["items"]
    assert (item["note"], item["messages"][2]["text"]) == ("tiring", "difficult")


def test_what_is_unknown_is_empty(gateway: GatewayProcess) -> None:
    for query in ("customer_id=nobody", f"session_id={session_id(1, START_MS, 99)}"):
        answer = gateway.get(f"/consultation/history?{query}")
        assert (answer.status, answer.body["items"], answer.body["next_cursor"]) == (200, [], None)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("customer_id=c&limit=0", 422),
        ("customer_id=c&limit=101", 422),
        ("customer_id=c&limit=x", 422),
        ("customer_id=c&cursor=x", 422),
        ("customer_id=c&cursor=AAAA", 422),
        ("session_id=x", 404),
        ("customer_id=", 422),
        ("queue=", 422),
        ("session_id=", 404),
        ("session_id=&customer_id=", 422),
        ("custmer_id=c", 422),
        ("status=closed", 422),
        ("channel=fax", 422),
        ("from=yesterday", 422),
        ("from=2026-11-01T00:00:00", 422),
        ("from=0001-01-01T00:00:00%2B09:00", 422),
        ("from=2026-11-01T00:00:00Z&to=2026-11-01T00:00:00Z", 422),
        ("customer_id=a%00b", 422),
        ("customer_id=%ff", 400),
    ],
)
def test_bad_queries_are_problems(gateway: GatewayProcess, query: str, status: int) -> None:
    answer = gateway.get(f"/consultation/history?{query}")
    assert (answer.status, answer.media_type) == (status, "application/problem+json")
