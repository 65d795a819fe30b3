"""Rows of the default partition find their months, and nobody notices."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from infra.database.connection import CareError, connected
from infra.database.moving import move
from tests.infra.database.filled import Writer, events, fill, places, session_at, store

ODD = {
    "the last instant of a year": (datetime(2020, 12, 31, 23, 59, 59, 999_000, UTC), "2020_12"),
    "the first instant of a year": (datetime(2021, 1, 1, tzinfo=UTC), "2021_01"),
    "a leap day's end": (datetime(2024, 2, 29, 23, 59, 59, 999_000, UTC), "2024_02"),
    "after a leap day": (datetime(2024, 3, 1, tzinfo=UTC), "2024_03"),
    "no leap day in 2100": (datetime(2100, 2, 28, 23, 59, 59, 999_000, UTC), "2100_02"),
    "an hour that Berlin has twice": (datetime(2023, 10, 29, 0, 30, tzinfo=UTC), "2023_10"),
    # In Seoul it is July already, in New York still May.
    "June in UTC, July in Seoul": (datetime(2022, 6, 30, 16, 0, tzinfo=UTC), "2022_06"),
    "June in UTC, May in New York": (datetime(2022, 6, 1, 1, 0, tzinfo=UTC), "2022_06"),
    "a clock that was never set": (datetime(1970, 1, 1, 0, 0, 7, tzinfo=UTC), "1970_01"),
    "a clock far ahead": (datetime(9998, 12, 31, 12, 0, tzinfo=UTC), "9998_12"),
}


def quiet(_: str) -> None:
    """Says nothing."""


def test_rows_at_odd_times_are_stored_and_find_their_months(database: str) -> None:
    async def scenario() -> None:
        async with connected(database) as db:
            for number, (at, _) in enumerate(ODD.values()):
                await store(db, events(session_at(at, number)))
            for table in ("consultations", "chat_messages"):
                assert await places(db, table) == {f"{table}_default": len(ODD)}
                assert await move(db, table, 100, quiet) == len(ODD)
                months = [month for _, month in ODD.values()]
                assert await places(db, table) == {f"{table}_{m}": months.count(m) for m in months}
                assert await move(db, table, 100, quiet) == 0
            await store(db, events(session_at(ODD["after a leap day"][0], 99)))
            assert (await places(db))["consultations_2024_03"] == 2

    asyncio.run(scenario())


async def shape(db: asyncpg.Connection, table: str) -> Sequence[tuple[str, ...]]:
    """Its indexes and constraints, without their own names."""
    found = await db.fetch(
        "SELECT replace(regexp_replace(indexdef, 'INDEX \\S+ ON (ONLY )?\\S+', ''), $1, '') FROM pg_indexes "
        "WHERE schemaname = 'public' AND tablename = $1 UNION ALL "
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = $1::regclass UNION ALL "
        "SELECT attname || attnotnull || coalesce(pg_get_expr(adbin, adrelid), '') FROM pg_attribute "
        "LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum "
        "WHERE attrelid = $1::regclass AND attnum > 0",
        table,
    )
    return sorted(tuple(row) for row in found)


def test_a_moved_month_is_made_as_every_other_and_nothing_is_left_behind(database: str) -> None:
    async def scenario() -> None:
        async with connected(database) as db:
            before = await shape(db, "consultations_default")
            for year in (2021, 2022):  # the second time the default partition is one that a move has made
                await store(db, events(session_at(datetime(year, 5, 1, tzinfo=UTC), 1)))
                await move(db, "consultations", 100, quiet)
                assert await shape(db, f"consultations_{year}_05") == before
                assert await shape(db, "consultations_default") == before
                left = "SELECT nspname FROM pg_namespace WHERE nspname ~ '^(moving|emptied)_'"
                assert not await db.fetch(left)
            assert not await db.fetch("SELECT FROM pg_trigger WHERE tgname = 'mirror'")

    asyncio.run(scenario())


async def _move_and_erase(url: str, db: asyncpg.Connection, table: str) -> int:
    """Erases every fiftieth row, one after the other, while all are moved; how many."""
    erased = 0
    async with connected(url) as other:
        moved = asyncio.create_task(move(db, table, 100, quiet))
        while not moved.done():
            erased += 1
            await other.execute(f"DELETE FROM {table} WHERE session_id = $1", f"filled-{erased * 50}")
        assert await moved > 60_000 - erased
    return erased


@pytest.mark.faults
def test_a_move_while_writers_write_blocks_none_of_them_and_loses_nothing(database: str) -> None:
    async def scenario() -> None:
        year_ago = datetime(2023, 3, 1, tzinfo=UTC)
        async with connected(database) as db:
            await fill(db, year_ago, 60_000, timedelta(minutes=2))
            # Old months, months that nobody had filled, and the current one.
            times = [year_ago, datetime(2019, 7, 1, tzinfo=UTC), datetime.now(UTC), year_ago + timedelta(40)]
            writers = [Writer(database, times, first) for first in (0, 10_000_000)]
            tasks = [asyncio.create_task(writer.run()) for writer in writers]
            try:
                while not all(len(writer.versions) > 200 for writer in writers):
                    await asyncio.sleep(0.01)
                erased = {
                    table: await _move_and_erase(database, db, table)
                    for table in ("consultations", "chat_messages")
                }
            finally:
                for writer in writers:
                    writer.stopping = True
                await asyncio.gather(*tasks)
            for writer in writers:
                assert writer.longest_s < 0.5
                await writer.check(db)
            for table in ("consultations", "chat_messages"):
                found = await db.fetch(
                    f"SELECT session_id FROM {table} WHERE session_id LIKE 'filled-%' ORDER BY session_id"
                )
                gone = {f"filled-{number * 50}" for number in range(1, erased[table] + 1)}
                kept = {f"filled-{number}" for number in range(1, 60_001)} - gone
                assert [row["session_id"] for row in found] == sorted(kept)
                assert set(await places(db, table)) >= {f"{table}_2023_03", f"{table}_2019_07"}
            # What was written after the swap has gone to the months at once.
            assert await db.fetchval("SELECT count(*) FROM consultations_default") == 0
            assert (
                await db.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
                == 0
            )

    asyncio.run(scenario())


def test_a_move_steps_back_from_a_long_transaction_and_changes_nothing(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.database.connection.TRIES", 3)

    async def scenario() -> None:
        at = datetime(2021, 5, 1, tzinfo=UTC)
        async with connected(database) as db, connected(database) as other:
            await store(db, events(session_at(at, 1)))
            async with other.transaction():
                await other.execute("DELETE FROM consultations WHERE session_id = 'nobody'")
                with pytest.raises(CareError, match="no moment"):
                    await move(db, "consultations", 20, quiet)
                assert await places(other) == {"consultations_default": 1}
            assert await move(db, "consultations", 100, quiet) == 1
            assert await places(db) == {"consultations_2021_05": 1}

    asyncio.run(scenario())


def test_a_move_that_was_killed_is_begun_anew(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def killed(*_: object) -> None:
        raise KeyboardInterrupt

    async def scenario() -> None:
        at = datetime(2021, 5, 1, tzinfo=UTC)
        async with connected(database) as db:
            await store(db, events(session_at(at, 1)))
            with monkeypatch.context() as patch:
                patch.setattr("infra.database.moving._copy", killed)
                clear = "infra.database.moving._clear"
                patch.setattr(clear, _nothing)
                with pytest.raises(KeyboardInterrupt):
                    await move(db, "consultations", 100, quiet)
            # Writers go on beside what is left; making months leaves those alone that the copy has.
            await store(db, events(session_at(at, 2)))
            assert not await db.fetchval("SELECT make_month_partition('consultations', '2021-05-01')")
            assert await move(db, "consultations", 100, quiet) == 2
            assert await places(db) == {"consultations_2021_05": 2}

    asyncio.run(scenario())


async def _nothing(*_: object) -> None:
    """What a killed process clears."""
