"""The schema on a real Postgres."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

import migrations
from infra.stack import LocalStack
from migrations.runner import script_back
from tests.infra.database.filled import fill

MESSAGE = (
    "INSERT INTO chat_messages (session_id, created_at, seq, message_id, role, text, at) "
    "VALUES ('s', $1, 1, 'm', 'customer', $2, now())"
)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def where_rows_are(url: str) -> list[str]:
    async with connected(url) as db:
        found = await db.fetch("SELECT tableoid::regclass::text AS place FROM chat_messages ORDER BY 1")
        return [row["place"] for row in found]


@pytest.fixture
def empty_database(stack: LocalStack) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex[:12]}"

    async def run(statement: str) -> None:
        async with connected(stack.postgres.address) as db:
            await db.execute(statement)

    asyncio.run(run(f"CREATE DATABASE {name}"))
    yield stack.postgres.url(name)
    asyncio.run(run(f"DROP DATABASE {name} WITH (FORCE)"))


def test_upgrading_twice_changes_nothing(empty_database: str) -> None:
    migrations.upgrade(empty_database)
    migrations.upgrade(empty_database)


def test_upgrading_beside_a_running_loop(empty_database: str) -> None:
    async def inside() -> None:
        migrations.upgrade(empty_database)

    asyncio.run(inside())
    assert asyncio.run(where_rows_are(empty_database)) == []


def test_a_far_month_goes_to_the_default_partition_and_moves_when_its_own_is_made(database_url: str) -> None:
    async def scenario() -> None:
        far = datetime(2199, 7, 4, tzinfo=UTC)
        async with connected(database_url) as db:
            await db.execute(MESSAGE, far, "안녕하세요")
        assert await where_rows_are(database_url) == ["chat_messages_default"]
        async with connected(database_url) as db:
            assert await db.fetchval("SELECT make_month_partition('chat_messages', $1)", far.date())
            assert not await db.fetchval("SELECT make_month_partition('chat_messages', $1)", far.date())
        assert await where_rows_are(database_url) == ["chat_messages_2199_07"]
        async with connected(database_url) as db:
            assert await db.fetchval("SELECT count(*) FROM chat_messages WHERE text LIKE '%하세%'") == 1

    asyncio.run(scenario())


def test_months_are_made_ahead_and_only_once_by_many_at_a_time(database_url: str) -> None:
    async def make(ahead: int) -> int:
        async with connected(database_url) as db:
            made: int = await db.fetchval("SELECT make_partitions($1)", ahead)
            return made

    async def scenario() -> None:
        assert await make(3) == 0
        assert sum(await asyncio.gather(make(5), make(5), make(5))) == 4

    asyncio.run(scenario())


async def columns(url: str, table: str) -> dict[str, str]:
    async with connected(url) as db:
        found = await db.fetch(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = $1", table
        )
        return {row["column_name"]: row["data_type"] for row in found}


def test_the_newest_revisions_go_back_and_come_again(empty_database: str) -> None:
    async def run(script: str) -> None:
        async with connected(empty_database) as db, db.transaction():
            await db.execute(script)

    async def put(version: int) -> None:
        async with connected(empty_database) as db:
            await db.execute(
                "INSERT INTO agents (agent_id, name, pool, version) VALUES ('a', 'A', 'p', $1)", version
            )

    def found() -> tuple[dict[str, str], str, str | None]:
        agents = asyncio.run(columns(empty_database, "agents"))
        consultations = asyncio.run(columns(empty_database, "consultations"))
        audit = asyncio.run(columns(empty_database, "config_audit"))
        return audit, agents["version"], consultations.get("attributes")

    migrations.upgrade(empty_database)
    newest = found()
    assert newest[1:] == ("bigint", "jsonb")
    assert {"source", "changes", "config"} <= newest[0].keys()
    asyncio.run(put(1_790_000_000_000))
    asyncio.run(run(script_back("head", "a002")))
    assert found()[1:] == ("integer", None)
    assert "change" in found()[0]
    assert "rating" not in asyncio.run(columns(empty_database, "consultations"))
    migrations.upgrade(empty_database)
    assert found() == newest
    assert "rating" in asyncio.run(columns(empty_database, "consultations"))


def test_partitions_go_back_and_come_again_with_their_rows(empty_database: str) -> None:
    far = datetime(2199, 7, 4, tzinfo=UTC)

    async def put() -> None:
        async with connected(empty_database) as db:
            await db.execute(MESSAGE, far, "before")
            assert await db.fetchval("SELECT make_month_partition('chat_messages', $1)", far.date())
            await db.execute(MESSAGE, datetime(2199, 8, 4, tzinfo=UTC), "waits")

    async def back() -> None:
        async with connected(empty_database) as db, db.transaction():
            await db.execute(script_back("head", "a007"))
            assert await db.fetchval("SELECT make_month_partition('chat_messages', '2199-08-01')")

    migrations.upgrade(empty_database)
    asyncio.run(put())
    asyncio.run(back())
    migrations.upgrade(empty_database)
    assert asyncio.run(where_rows_are(empty_database)) == ["chat_messages_2199_07", "chat_messages_2199_08"]


def test_the_way_back_refuses_to_drop_what_was_detached(empty_database: str) -> None:
    async def scenario() -> None:
        async with connected(empty_database) as db:
            await db.execute("CREATE TABLE detached.consultations_2020_01 (LIKE consultations)")
            with pytest.raises(asyncpg.DependentObjectsStillExistError):
                await db.execute(script_back("head", "a007"))

    migrations.upgrade(empty_database)
    asyncio.run(scenario())


def test_a_filled_database_keeps_its_rows_on_the_way_back_and_again(empty_database: str) -> None:
    async def put() -> None:
        async with connected(empty_database) as db:
            await fill(db, datetime(2024, 2, 28, tzinfo=UTC), 3_000, timedelta(minutes=1))
            assert await db.fetchval("SELECT make_month_partition('consultations', '2024-02-01')") is False
            assert await db.fetchval("SELECT make_month_partition('consultations', '2024-03-01')")

    async def back() -> None:
        async with connected(empty_database) as db, db.transaction():
            await db.execute(script_back("head", "a002"))

    async def counts() -> list[tuple[str, int]]:
        async with connected(empty_database) as db:
            found = await db.fetch(
                "SELECT tableoid::regclass::text AS place, count(*) FROM consultations GROUP BY 1 UNION ALL "
                "SELECT tableoid::regclass::text, count(*) FROM chat_messages GROUP BY 1 ORDER BY 1"
            )
            return [(row["place"], row["count"]) for row in found]

    migrations.upgrade(empty_database)
    asyncio.run(put())
    filled = asyncio.run(counts())
    # 29 February 2024 is a day; of more than 1,000 rows the function lets go.
    places = ["chat_messages_default", "consultations_2024_03", "consultations_default"]
    assert filled == list(zip(places, (3_000, 121, 2_879), strict=True))
    asyncio.run(back())
    assert asyncio.run(counts()) == filled
    migrations.upgrade(empty_database)
    assert asyncio.run(counts()) == filled
