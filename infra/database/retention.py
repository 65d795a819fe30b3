"""Months that are old enough: out of the tables, into the schema `detached`, a file, or nothing.

Postgres detaches CONCURRENTLY only where there is no default partition, so it is the short lock, again and
again until it is had.
"""

from pathlib import Path

import asyncpg
import pyarrow

from infra.database.connection import CareError, Say, in_short, statement
from infra.database.parquet import export, rows_in
from infra.database.partitions import Partition, partitions


async def detach(db: asyncpg.Connection, keep_months: int, lock_ms: int, say: Say) -> list[str]:
    """Detaches the months that ended `keep_months` before this one began; their names in `detached`."""
    kept_from = await db.fetchval(
        "SELECT date_trunc('month', now(), 'UTC') - make_interval(months => $1)", keep_months
    )
    names = []
    for one in await partitions(db):
        if one.until and one.until <= kept_from:
            names.append(await db.fetchval(statement("name_detached"), one.name))
            script = _detach(one, names[-1])
            await in_short(db, script, lock_ms, f"{one.name}: detaching", say)
            # Nobody writes there any more; counting takes its time outside the lock.
            await db.execute(statement("count_detached").format(name=names[-1]), names[-1])
            say(f"{one.name}: detached")
    return names


async def export_kept(db: asyncpg.Connection, directory: Path, say: Say) -> list[Path]:
    """Writes each detached month without a file to <name>.parquet in `directory`: absolute, and existing."""
    paths = []
    for name in await _in_state(db, "kept"):
        path = directory / f"{name}.parquet"
        erased = await db.fetchval(statement("erasures_before_export"), name)
        rows = await export(db, f"detached.{name}", path, say)
        _require_rows(path, rows, name)
        async with db.transaction():
            await db.execute(statement("record_export"), name, str(path), rows)
            await db.execute(statement("cleared_export"), name, erased)
        paths.append(path)
    return paths


async def drop_exported(db: asyncpg.Connection, say: Say) -> list[str]:
    """Drops the detached months whose files hold as many rows as they do. Raises CareError at one that
    doesn't."""
    exported = await _in_state(db, "exported")
    for name in exported:
        async with db.transaction():
            await db.execute(f"LOCK TABLE detached.{name} IN ACCESS EXCLUSIVE MODE")
            rows = await db.fetchval(f"SELECT count(*) FROM detached.{name}")
            path = await db.fetchval("SELECT path FROM detached_partitions WHERE name = $1", name)
            _require_rows(Path(path), rows, name)
            await db.execute(f"DROP TABLE detached.{name}")
            await db.execute("UPDATE detached_partitions SET state = 'dropped' WHERE name = $1", name)
        say(f"{name}: {rows} rows dropped, they are in {path}")
    return exported


def _detach(one: Partition, name: str) -> str:
    """`name` is what it is called from now on: a month that came back after it was detached has a new one."""
    assert one.since
    assert one.until
    row = f"'{name}', '{one.parent}', '{one.since.isoformat()}', '{one.until.isoformat()}'"
    steps = [f"INSERT INTO detached_partitions (name, parent, since, until) VALUES ({row})"]
    # In writers' order: the table, then what is in it.
    for locked in (f"ONLY {one.parent}", f"{one.parent}_default", one.name):
        steps.append(f"LOCK TABLE {locked} IN ACCESS EXCLUSIVE MODE")
    steps.append(f"ALTER TABLE {one.parent} DETACH PARTITION {one.name}")
    if name != one.name:
        steps.append(f"ALTER TABLE {one.name} RENAME TO {name}")
    steps += [statement("free_indexes").format(name=name), f"ALTER TABLE {name} SET SCHEMA detached"]
    return ";\n".join(steps)


async def _in_state(db: asyncpg.Connection, state: str) -> list[str]:
    rows = await db.fetch("SELECT name FROM detached_partitions WHERE state = $1 ORDER BY since, name", state)
    return [row["name"] for row in rows]


def _require_rows(path: Path, rows: int, name: str) -> None:
    try:
        written = rows_in(path)
    except (OSError, pyarrow.ArrowException) as error:
        raise CareError(f"{name}: its file can't be read, so it is not dropped: {error}") from error
    if written != rows:
        raise CareError(f"{name}: {path} holds {written} rows, the table {rows}; it is not dropped.")
