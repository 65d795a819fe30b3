"""What a run leaves in Postgres, and what is left when it is purged."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from loadgen.purging import Purged, purge

BEGUN = datetime(2026, 11, 20, 12, tzinfo=UTC)
_CONSULTATION = """
INSERT INTO consultations (session_id, created_at, version, customer_id, channel, status, state, started_at,
                           changed_at, synthetic)
VALUES ($1, $2, 1, $3, 'chat', 'completed', $4, $2, $2, $5)
"""
_MESSAGE = """
INSERT INTO chat_messages (session_id, created_at, seq, message_id, role, at)
VALUES ($1, $2, $3, 'm', 'customer', $2)
"""
_CUSTOMER = """
INSERT INTO customers (customer_id, first_seen_at, last_seen_at) VALUES ($1, $2, $2) ON CONFLICT DO NOTHING
"""


async def add(db: asyncpg.Connection, session: str, customer: str, **how: object) -> None:
    created = BEGUN + timedelta(milliseconds=int(str(how.get("after_ms", 0))))
    state, synthetic = how.get("state", "closed"), how.get("synthetic", True)
    await db.execute(_CONSULTATION, session, created, customer, state, synthetic)
    await db.execute(_CUSTOMER, customer, created)
    for seq in (1, 2, 3):
        await db.execute(_MESSAGE, session, created, seq)


def in_database(url: str, work: Callable[[asyncpg.Connection], Awaitable[None]]) -> None:
    async def connected() -> None:
        db = await asyncpg.connect(url)
        try:
            await db.execute("TRUNCATE consultations, chat_messages, customers")
            await work(db)
        finally:
            await db.close()

    asyncio.run(connected())


async def _left(db: asyncpg.Connection) -> tuple[list[str], list[str], int]:
    sessions = [row[0] for row in await db.fetch("SELECT session_id FROM consultations ORDER BY 1")]
    customers = [row[0] for row in await db.fetch("SELECT customer_id FROM customers ORDER BY 1")]
    return sessions, customers, await db.fetchval("SELECT count(*) FROM chat_messages")


def test_a_runs_contacts_go_and_no_others(database_url: str) -> None:
    async def work(db: asyncpg.Connection) -> None:
        for number in range(25):
            await add(db, f"s{number:02}", f"run-a-{number % 20}", after_ms=number)
        await add(db, "t-other-run", "run-b-1")
        await add(db, "t-longer-name", "run-a-5-1")
        await add(db, "t-real", "run-a-3", synthetic=False)
        await add(db, "t-open", "run-a-99", state="waiting")
        heard: list[Purged] = []
        assert await purge(db, "a", told=heard.append, batch=10) == Purged(25, 75, 19, open=1)
        assert [one.contacts for one in heard] == [10, 20, 25]
        sessions, customers, messages = await _left(db)
        assert sessions == ["t-longer-name", "t-open", "t-other-run", "t-real"]
        assert customers == ["run-a-3", "run-a-5-1", "run-a-99", "run-b-1"]
        assert messages == 12
        assert await purge(db, "a") == Purged(open=1)

    in_database(database_url, work)


def test_only_in_the_time_of_the_run(database_url: str) -> None:
    async def work(db: asyncpg.Connection) -> None:
        await add(db, "before", "run-a-1", after_ms=-3_600_000)
        await add(db, "within", "run-a-2", after_ms=1_000)
        await add(db, "after", "run-a-3", after_ms=7_200_000)
        assert (await purge(db, "a", BEGUN, BEGUN + timedelta(minutes=1))).contacts == 1
        assert (await _left(db))[0] == ["after", "before"]

    in_database(database_url, work)


@pytest.mark.parametrize("run", ["", "%", "a b", "a'", "x" * 65])
def test_what_is_no_run(database_url: str, run: str) -> None:
    async def work(db: asyncpg.Connection) -> None:
        with pytest.raises(ValueError, match="is no run's id"):
            await purge(db, run)

    in_database(database_url, work)
