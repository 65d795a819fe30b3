"""Old months leave the tables, and their rows are where it is written."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import asyncpg
import pytest
from pyarrow import parquet

from infra.database.connection import CareError, connected
from infra.database.moving import move
from infra.database.partitions import make_ahead, partitions
from infra.database.retention import detach, drop_exported, export_kept
from tests.infra.database.filled import Writer, events, places, session_at, store


def quiet(_: str) -> None:
    """Says nothing."""


def months_ago(months: int) -> datetime:
    """A time in the middle of that month."""
    now = datetime.now(UTC)
    month = now.year * 12 + now.month - 1 - months
    return datetime(month // 12, month % 12 + 1, 15, 12, tzinfo=UTC)


async def fill_months(db: asyncpg.Connection, oldest: int, each: int) -> None:
    """So many sessions in each month from `oldest` months ago to now, in partitions of their own."""
    for months in range(oldest + 1):
        for number in range(each):
            at = months_ago(months) + timedelta(seconds=number)
            await store(db, events(session_at(at, number)))
    for table in ("consultations", "chat_messages"):
        await move(db, table, 100, quiet)


async def states(db: asyncpg.Connection) -> dict[str, str]:
    return {
        row["name"]: row["state"] for row in await db.fetch("SELECT name, state FROM detached_partitions")
    }


def test_months_detach_while_writers_write_into_them_and_nothing_is_lost(database: str) -> None:
    async def scenario() -> None:
        async with connected(database) as db:
            await fill_months(db, 5, 3)
            writers = [Writer(database, [months_ago(n) for n in (0, 3, 4, 5)], first) for first in (0, 10**7)]
            tasks = [asyncio.create_task(writer.run()) for writer in writers]
            try:
                while not all(len(writer.versions) > 200 for writer in writers):
                    await asyncio.sleep(0.01)
                names = await detach(db, 2, 100, quiet)
                reached = [len(writer.versions) for writer in writers]
                while any(len(w.versions) < n + 100 for w, n in zip(writers, reached, strict=True)):
                    await asyncio.sleep(0.01)
            finally:
                for writer in writers:
                    writer.stopping = True
                await asyncio.gather(*tasks)
            assert len(names) == 6
            assert set((await states(db)).values()) == {"kept"}
            for writer in writers:
                assert writer.longest_s < 0.5
            await _assert_all_there(db, writers, [name for name in names if name.startswith("cons")])
            # What comes for a month that is gone has a place; the next round takes it, too.
            assert (await places(db))["consultations_default"] > 0
            await move(db, "consultations", 100, quiet)
            again = await detach(db, 2, 100, quiet)
            assert sorted(again) == sorted(f"{n}_2" for n in names if n.startswith("cons"))

    asyncio.run(scenario())


async def _assert_all_there(db: asyncpg.Connection, writers: list[Writer], names: list[str]) -> None:
    """The highest version of each session, in the table or in what was detached of it."""
    every = " UNION ALL ".join(
        f"SELECT session_id, version FROM {place}"
        for place in ("consultations", *(f"detached.{name}" for name in names))
    )
    rows = await db.fetch(f"SELECT session_id, max(version) AS version FROM ({every}) AS all_of GROUP BY 1")
    found = {row["session_id"]: row["version"] for row in rows}
    for writer in writers:
        assert found.items() >= writer.versions.items()


def test_a_file_holds_every_row_before_the_table_is_dropped(database: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with connected(database) as db:
            await fill_months(db, 3, 5)
            names = await detach(db, 2, 100, quiet)
            table = next(name for name in names if name.startswith("cons"))
            kept = [
                dict(row) for row in await db.fetch(f"SELECT * FROM detached.{table} ORDER BY created_at")
            ]
            paths = await export_kept(db, tmp_path, quiet)
            assert sorted(paths) == sorted(tmp_path / f"{name}.parquet" for name in names)
            assert parquet.read_table(tmp_path / f"{table}.parquet").to_pylist() == kept
            assert await export_kept(db, tmp_path, quiet) == []
            assert sorted(await drop_exported(db, quiet)) == sorted(names)
            assert set((await states(db)).values()) == {"dropped"}
            assert not await db.fetch("SELECT FROM pg_tables WHERE schemaname = 'detached'")
            recorded = await db.fetch("SELECT rows, path FROM detached_partitions WHERE name = $1", table)
            assert [tuple(row) for row in recorded] == [(5, str(tmp_path / f"{table}.parquet"))]

    asyncio.run(scenario())


@pytest.mark.parametrize("damage", ["gone", "not parquet", "fewer rows"])
def test_what_its_file_does_not_hold_is_not_dropped(database: str, tmp_path: Path, damage: str) -> None:
    async def scenario() -> None:
        async with connected(database) as db:
            await fill_months(db, 2, 2)
            await detach(db, 1, 100, quiet)
            for path in await export_kept(db, tmp_path, quiet):
                match damage:
                    case "gone":
                        path.unlink()
                    case "not parquet":
                        path.write_bytes(b"PAR1")
                    case _:
                        parquet.write_table(parquet.read_table(path).slice(1), path)
            with pytest.raises(CareError, match="not dropped"):
                await drop_exported(db, quiet)
            assert Counter((await states(db)).values()) == {"exported": 2}
            assert len(await db.fetch("SELECT FROM pg_tables WHERE schemaname = 'detached'")) == 2

    asyncio.run(scenario())


def test_partitions_are_listed_and_made(database: str) -> None:
    async def scenario() -> None:
        async with connected(database) as db:
            await store(db, events(session_at(datetime(2020, 1, 1, tzinfo=UTC), 1)))
            found = await partitions(db)
            assert [one.parent for one in found] == ["chat_messages"] * 5 + ["consultations"] * 5
            assert [one.rows for one in found if one.since is None] == [1, 1]
            for former, later in pairwise(found[:4]):
                assert former.until == later.since
            assert len(await make_ahead(db, 5)) == 4
            assert await make_ahead(db, 5) == []

    asyncio.run(scenario())
