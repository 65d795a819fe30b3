"""Erased customers out of the Parquet files of months that were exported; run where the files lie.

A file of consultations tells by the customer's digest which of its sessions are erased, also those that no
table knew any more; all of those sessions leave the files of messages after it. A file is replaced as a
whole, so whoever is killed, or runs it again, leaves the old one or the new one.
"""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import asyncpg
import pyarrow
from pyarrow import parquet
from pyarrow.compute import invert, is_in

from infra.database.connection import TABLES, CareError, Say, statement
from infra.database.parquet import keep, rows_in
from schemas.erasure import digest

_KEYS = {"consultations": ["session_id", "created_at", "customer_id"], "chat_messages": ["session_id"]}


class Erased(NamedTuple):
    """How many files were looked through, and the rows that went."""

    files: int
    rows: int


class _File(NamedTuple):
    name: str
    parent: str
    since: datetime
    path: Path
    dropped: bool
    erasures: list[str]
    """Those that it was not yet cleared of."""


async def erase_exports(
    db: asyncpg.Connection, directory: Path | None, key: str, say: Say, *, dropped: bool = True
) -> Erased:
    """Clears the files, in `directory` where one is named, also those whose tables are `dropped`; `key` makes
    the digests. Raises CareError, in the end, where one is not here."""
    if not await db.fetchval("SELECT pg_try_advisory_lock(hashtext('aicc-db erase-exports'))"):
        raise CareError("Files are being cleared by another command already.")
    files = [
        _File(**{**row, "path": _where(row["path"], directory)})
        for row in await db.fetch(statement("stale_exports"))
    ]
    missing: list[_File] = []
    unread: set[datetime] = set()
    cleared = rows = 0
    for file in sorted(files, key=lambda one: TABLES.index(one.parent)):
        # Which messages are to go, the consultations of the month have to tell.
        if (file.dropped and not dropped) or not file.path.exists() or file.since in unread:
            unread.add(file.since)
            if dropped or not file.dropped:
                missing.append(file)
            continue
        gone = await _clear(db, file, key)
        say(f"{file.name}: {gone} rows erased from {file.path}")
        cleared, rows = cleared + 1, rows + gone
    if missing:
        paths = ", ".join(str(one.path) for one in missing)
        raise CareError(
            f"Not cleared, as they or their month's consultations are not here: {paths}. "
            "Run it where they lie, or name their --directory."
        )
    return Erased(cleared, rows)


async def _clear(db: asyncpg.Connection, file: _File, key: str) -> int:
    """How many rows went."""
    try:
        gone = await _erased_in(db, file, key)
        rows = _rewrite(file.path, gone) if gone else 0
        left = rows_in(file.path)
    except (OSError, pyarrow.ArrowException) as error:
        raise CareError(f"{file.name}: {file.path} can't be cleared: {error}") from error
    async with db.transaction():
        await db.execute("UPDATE detached_partitions SET rows = $2 WHERE name = $1", file.name, left)
        await db.execute(statement("cleared_export"), file.name, file.erasures)
    return rows


async def _erased_in(db: asyncpg.Connection, file: _File, key: str) -> set[str]:
    """The file's sessions that are erased; those that nobody knew of are noted."""
    found: set[str] = set()
    with parquet.ParquetFile(file.path) as read:
        for batch in read.iter_batches(columns=_KEYS[file.parent]):
            columns = batch.to_pydict()
            sessions = columns["session_id"]
            known = await db.fetch(statement("erased_among"), sorted(set(sessions)))
            found |= {row["session_id"] for row in known}
            if "customer_id" in columns:
                digests = {one: digest(key, one) for one in set(columns["customer_id"])}
                rows = await db.fetch(statement("erased_customers"), list(digests.values()))
                until = {row["customer"]: row["at"] for row in rows}
                found |= {
                    session
                    for session, began, customer in zip(
                        sessions, columns["created_at"], columns["customer_id"], strict=True
                    )
                    if (at := until.get(digests[customer])) and began <= at
                }
    await db.execute(statement("note_erased"), sorted(found))
    return found


def _rewrite(path: Path, sessions: set[str]) -> int:
    """Puts a file without the sessions in place of this one; how many rows went."""
    unfinished = path.with_suffix(".part")
    gone = pyarrow.array(sorted(sessions), type=pyarrow.string())
    rows = 0
    with (
        parquet.ParquetFile(path) as read,
        parquet.ParquetWriter(unfinished, read.schema_arrow, compression="zstd") as write,
    ):
        for group in _groups(read):
            kept = group.filter(invert(is_in(group["session_id"], value_set=gone)))
            rows += group.num_rows - kept.num_rows
            if kept.num_rows:
                write.write_table(kept)
    shutil.copymode(path, unfinished)
    keep(unfinished, path)
    return rows


def _groups(read: parquet.ParquetFile) -> Iterator[pyarrow.Table]:
    for number in range(read.num_row_groups):
        yield read.read_row_group(number)


def _where(path: str, directory: Path | None) -> Path:
    return directory / Path(path).name if directory else Path(path)
