"""Who changed the configuration, as Postgres has it."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import asyncpg
import msgspec

from schemas.config_diff import Change

_CONNECT_S = 5.0
_NEWEST = """
SELECT at, pool, version, author, source, changed, changes FROM config_audit
WHERE ($1 = '' OR pool = $1) ORDER BY id DESC LIMIT $2
"""
_changes = msgspec.json.Decoder(list[Change]).decode


class Entry(NamedTuple):
    """One published change."""

    at: datetime
    pool: str
    version: int
    author: str
    source: str
    changed: int
    changes: list[Change]

    def lines(self) -> Iterator[str]:
        """For people."""
        yield f"{self.at:%Y-%m-%d %H:%M:%S}Z  {self.pool}  {self.version}  {self.author} ({self.source})"
        yield from (f"  {change}" for change in self.changes)
        if self.changed > len(self.changes):
            yield f"  and {self.changed - len(self.changes)} more"


async def newest(database_url: str, pool: str, limit: int) -> list[Entry]:
    """The last changes, of one pool or (empty) of all, newest first. Raises asyncpg's errors and OSError."""
    db = await asyncpg.connect(database_url, timeout=_CONNECT_S)
    try:
        rows = await db.fetch(_NEWEST, pool, limit)
    finally:
        await db.close()
    return [Entry(**{**row, "changes": _changes(row["changes"])}) for row in map(dict, rows)]
