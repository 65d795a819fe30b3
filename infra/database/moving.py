"""Rows of a default partition into partitions of their months, while writers go on.

A schema of its own holds a copy of the table, partitioned by the months that are missing. A trigger on the
default partition keeps it equal while the rows are copied in small lots; nothing leaves the default partition
until both hold the same. Then the copy's partitions take its place, in one short transaction that touches no
row. Whoever is killed before that has changed nothing: the next move begins anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from infra.database.connection import TRIES, CareError, Say, in_short, statement

_LOT = 1_000
_SAY_EVERY = 50


@dataclass(frozen=True, slots=True)
class _Table:
    """What the statements need to know of `parent`; its columns are those that can be written."""

    parent: str
    owner: str
    columns: Sequence[str]
    key: Sequence[str]

    @property
    def staging(self) -> str:
        return f"moving_{self.parent}"

    @property
    def emptied(self) -> str:
        return f"emptied_{self.parent}"

    @property
    def default(self) -> str:
        return f"public.{self.parent}_default"

    def sql(self, name: str) -> str:
        """The statement with its names filled in."""
        return statement(name).format(
            parent=self.parent,
            staging=self.staging,
            columns=", ".join(self.columns),
            news=", ".join(f"NEW.{column}" for column in self.columns),
            key=", ".join(self.key),
            after=", ".join(f"${number + 2}" for number in range(len(self.key))),
            olds=", ".join(f"OLD.{column}" for column in self.key),
            same=" AND ".join(f"copy.{column} = held.{column}" for column in self.key),
            backwards=", ".join(f"{column} DESC" for column in self.key),
        )


async def move(db: asyncpg.Connection, parent: str, lock_ms: int, say: Say) -> int:
    """Moves all that the default partition of `parent` holds; the number of rows. Raises CareError."""
    if not await db.fetchval("SELECT pg_try_advisory_lock(hashtext($1))", f"aicc-db move {parent}"):
        raise CareError(f"{parent}: another move is under way.")
    table = await _describe(db, parent)
    await _clear(db, table, lock_ms, say)
    months = [row["month"] for row in await db.fetch(table.sql("months_of_default"))]
    if not months:
        return 0
    say(f"{parent}: {len(months)} months")
    try:
        await _stage(db, table, months, lock_ms, say)
        moved = await _copy(db, table, say)
        await in_short(db, _swap(table, months), lock_ms, f"{parent}: swapping", say)
    finally:
        await _clear(db, table, lock_ms, say)
    for month in months:
        await db.execute(f"ANALYZE public.{_name(parent, month)}")
    return moved


async def _describe(db: asyncpg.Connection, parent: str) -> _Table:
    columns = [row["name"] for row in await db.fetch(statement("columns"), f"public.{parent}")]
    key = [row["name"] for row in await db.fetch(statement("key"), parent)]
    owner = await db.fetchval(
        "SELECT quote_ident(tableowner) FROM pg_tables WHERE schemaname = 'public' AND tablename = $1", parent
    )
    return _Table(parent, owner, columns, key)


async def _stage(
    db: asyncpg.Connection, table: _Table, months: Sequence[datetime], lock_ms: int, say: Say
) -> None:
    """The copy's tables, without a lock that anybody meets, and then the trigger."""
    copy = f"{table.staging}.{table.parent}"
    async with db.transaction():
        await db.execute(table.sql("stage"))
        for month in months:
            name, since, until = _name(table.parent, month), month.isoformat(), _next(month).isoformat()
            await db.execute(
                f"CREATE TABLE {table.staging}.{name} PARTITION OF {copy} "
                # Spares the scan when it is attached.
                f"(CONSTRAINT moved_month CHECK (created_at >= '{since}' AND created_at < '{until}')) "
                f"FOR VALUES FROM ('{since}') TO ('{until}')"
            )
        for name in (f"{table.parent}_default", *(_name(table.parent, month) for month in months)):
            await db.execute(f"ALTER TABLE {table.staging}.{name} OWNER TO {table.owner}")
    await in_short(db, table.sql("trigger"), lock_ms, f"{table.parent}: preparing", say)


async def _copy(db: asyncpg.Connection, table: _Table, say: Say) -> int:
    """Lot by lot in the order of the key; the number of rows. What somebody writes at that moment is left
    out, and looked for at the end: a copier that waits for writers could wait in a circle."""
    first, more, missed = table.sql("copy_first"), table.sql("copy_more"), table.sql("copy_missed")
    last = await db.fetchrow(first, _LOT)
    lots = 1
    while last is not None:
        last = await db.fetchrow(more, _LOT, *last.values())
        lots += 1
        if lots % _SAY_EVERY == 0:
            say(f"{table.parent}: {lots * _LOT} rows copied")
    rounds = 0
    while await db.fetchval(table.sql("differing")):
        await db.execute(missed, _LOT)
        if (rounds := rounds + 1) == TRIES:
            raise CareError(f"{table.parent}: the copy differs after {rounds} rounds. Nothing was moved.")
    rows: int = await db.fetchval(f"SELECT count(*) FROM {table.default}")
    return rows


def _swap(table: _Table, months: Sequence[datetime]) -> str:
    """The parent's lock first, as writers take them; no row is touched."""
    parent, copy = f"public.{table.parent}", f"{table.staging}.{table.parent}"
    names = [(_name(table.parent, month), month) for month in months]
    steps = [
        f"LOCK TABLE ONLY {parent} IN ACCESS EXCLUSIVE MODE",
        f"LOCK TABLE {table.default} IN ACCESS EXCLUSIVE MODE",
        f"DROP TRIGGER mirror ON {table.default}",
        f"ALTER TABLE {parent} DETACH PARTITION {table.default}",
        f"CREATE SCHEMA {table.emptied}",
        f"ALTER TABLE {table.default} SET SCHEMA {table.emptied}",
    ]
    for name, month in names:
        bounds = f"FROM ('{month.isoformat()}') TO ('{_next(month).isoformat()}')"
        steps += [
            f"ALTER TABLE {copy} DETACH PARTITION {table.staging}.{name}",
            f"ALTER TABLE {table.staging}.{name} SET SCHEMA public",
            f"ALTER TABLE {parent} ATTACH PARTITION public.{name} FOR VALUES {bounds}",
            f"ALTER TABLE public.{name} DROP CONSTRAINT moved_month",
        ]
    rest = f"{table.staging}.{table.parent}_default"
    steps += [
        f"ALTER TABLE {copy} DETACH PARTITION {rest}",
        f"ALTER TABLE {rest} SET SCHEMA public",
        f"ALTER TABLE {parent} ATTACH PARTITION {table.default} DEFAULT",
    ]
    return ";\n".join(steps)


async def _clear(db: asyncpg.Connection, table: _Table, lock_ms: int, say: Say) -> None:
    """Removes what a move leaves, be it done, refused or killed: the trigger goes with its function."""
    for schema in (table.staging, table.emptied):
        if await db.fetchval("SELECT to_regnamespace($1) IS NOT NULL", schema):
            drop = f"DROP SCHEMA {schema} CASCADE"
            if await db.fetchval(statement("has_mirror"), table.default):
                # Writers lock the copy, by the trigger, after the table that has it.
                drop = f"LOCK TABLE {table.default} IN ACCESS EXCLUSIVE MODE;\n{drop}"
            await in_short(db, drop, lock_ms, f"{table.parent}: clearing", say)


def _name(parent: str, month: datetime) -> str:
    return f"{parent}_{month.year:04}_{month.month:02}"


def _next(month: datetime) -> datetime:
    """The first instant of the month after."""
    return datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)
