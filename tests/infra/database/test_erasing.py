"""Files of exported months forget who is erased, whoever still knew of the sessions."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from pyarrow import parquet

from infra.database.connection import CareError, connected
from infra.database.erasing import Erased, erase_exports
from infra.database.moving import move
from infra.database.retention import detach, drop_exported, export_kept
from schemas.conversation import MessageAdded
from schemas.erasure import digest
from schemas.states import Role
from tests.infra.database.filled import session_at, store
from tests.infra.database.test_moving import quiet
from tests.infra.database.test_retention import months_ago
from tests.workers.events import changed
from workers.persister.statements import statement

KEY = "the test's own"
WHO, OTHER = "김철수", "이영희"


async def exported(db: asyncpg.Connection, archive: Path, *, drop: bool) -> dict[str, str]:
    """A session of each customer, months ago, in files; the sessions by customer."""
    sessions = {who: session_at(months_ago(4), number) for number, who in enumerate((WHO, OTHER))}
    for who, session in sessions.items():
        said = [
            MessageAdded(session_id=session, seq=n, message_id=f"m{n}", role=Role.CUSTOMER, text=who, at_ms=1)
            for n in (1, 2)
        ]
        await store(db, [changed(session, 1, who), *said])
    for table in ("consultations", "chat_messages"):
        await move(db, table, 100, quiet)
    await detach(db, 2, 100, quiet)
    await export_kept(db, archive, quiet)
    if drop:
        await drop_exported(db, quiet)
    return sessions


async def erase(db: asyncpg.Connection, identity: str, who: str) -> None:
    """As the persister does, for a customer of whom the gateway knows no session."""
    await db.execute(statement("begin_erasure"), identity, digest(KEY, who), datetime.now(UTC))
    found = [row[0] for row in await db.fetch(statement("sessions_of"), [who], datetime.now(UTC))]
    await db.execute(statement("erase_customer"), identity, [who], found, [months_ago(4) for _ in found])


def held(archive: Path) -> dict[str, list[str]]:
    """The sessions of each file's rows, by what the file holds."""
    return {
        path.name.rpartition("_20")[0]: parquet.read_table(path).column("session_id").to_pylist()
        for path in sorted(archive.glob("*.parquet"))
    }


async def rows(db: asyncpg.Connection) -> list[int]:
    found = await db.fetch("SELECT rows FROM detached_partitions ORDER BY name")
    return [row["rows"] for row in found]


@pytest.mark.parametrize("drop", [True, False], ids=["dropped", "kept beside"])
def test_files_forget_and_the_others_rows_stay(database: str, tmp_path: Path, drop: bool) -> None:
    async def scenario() -> None:
        async with connected(database) as db:
            sessions = await exported(db, tmp_path, drop=drop)
            other = sessions[OTHER]
            assert await erase_exports(db, None, KEY, quiet) == Erased(0, 0)
            await erase(db, "e1", WHO)
            assert sessions[WHO] in held(tmp_path)["consultations"]
            assert await erase_exports(db, None, KEY, quiet, dropped=drop) == Erased(2, 3)
            assert held(tmp_path) == {"chat_messages": [other, other], "consultations": [other]}
            assert await rows(db) == [2, 1]
            assert await erase_exports(db, None, KEY, quiet) == Erased(0, 0)
            assert {one.rpartition(".")[2] for one in os.listdir(tmp_path)} == {"parquet"}
            # What no table knew is known now: neither would be taken in again.
            assert await db.fetch("SELECT FROM erased_sessions WHERE session_id = $1", sessions[WHO])
            if not drop:
                assert len(await drop_exported(db, quiet)) == 2

    asyncio.run(scenario())


def test_files_elsewhere_are_named_until_they_are_cleared(database: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        written, now = tmp_path / "written", tmp_path / "now"
        written.mkdir()
        now.mkdir()
        async with connected(database) as db:
            sessions = await exported(db, written, drop=True)
            await erase(db, "e1", WHO)
            for path in written.glob("consultations*.parquet"):
                path.rename(now / path.name)
            assert await erase_exports(db, None, KEY, quiet, dropped=False) == Erased(0, 0)
            # Without its consultations nobody can tell whose messages a file has.
            with pytest.raises(CareError, match=r"consultations_.*, .*chat_messages_"):
                await erase_exports(db, None, KEY, quiet)
            assert len(await db.fetch("SELECT FROM stale_exports")) == 2
            for path in written.glob("*.parquet"):
                path.rename(now / path.name)
            assert await erase_exports(db, now, KEY, quiet) == Erased(2, 3)
            assert sessions[WHO] not in str(held(now))
            assert not await db.fetch("SELECT FROM stale_exports")

    asyncio.run(scenario())


def test_a_month_that_is_exported_after_the_erasure_is_not_named(database: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with connected(database) as db:
            (tmp_path / "later").mkdir()
            await exported(db, tmp_path, drop=False)
            await db.execute("UPDATE detached_partitions SET state = 'kept', path = ''")
            await erase(db, "e1", WHO)
            assert len(await db.fetch("SELECT FROM stale_exports")) == 2
            await export_kept(db, tmp_path / "later", quiet)
            assert not await db.fetch("SELECT FROM stale_exports")
            assert {name: len(kept) for name, kept in held(tmp_path / "later").items()} == {
                "chat_messages": 2,
                "consultations": 1,
            }

    asyncio.run(scenario())


def test_a_month_that_is_dropped_while_an_erasure_looks_for_it(database: str) -> None:
    """Its name in a list made just before is then its number."""

    async def scenario() -> None:
        async with connected(database) as db:
            await db.execute("CREATE TABLE gone (session_id text, customer_id text, created_at timestamptz)")
            gone = await db.fetchval("SELECT 'gone'::regclass::oid")
            await db.execute("DROP TABLE gone")
            assert await db.fetch("SELECT sessions_in($1::oid, $2, now())", gone, [WHO]) == []
            assert await db.fetchval("SELECT erase_in($1::oid, '{s}', ARRAY[now()])", gone) == 0

    asyncio.run(scenario())
