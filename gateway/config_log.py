"""Who changed the configuration, as Postgres has it."""

from datetime import datetime

import asyncpg
import msgspec

from gateway.database import Database
from gateway.sql import SQL
from schemas.config import PoolConfig, decode_pool
from schemas.config_diff import Change

NEWEST = 2**63 - 1
_changes = msgspec.json.Decoder(list[Change]).decode


class Entry(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One published version: `changes` are the first of `changed` differences to the one before it."""

    id: int
    at: datetime
    pool: str
    version: int
    author: str
    source: str
    changed: int
    changes: list[Change]
    config: PoolConfig | None = None


class ConfigPage(msgspec.Struct, kw_only=True):
    """200 of GET /admin/config/audit; `next_before` is null on the last page."""

    items: list[Entry]
    next_before: int | None


class ConfigLog:
    """Reads from `database`. Raises asyncpg's errors, OSError and TimeoutError where that can't be read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, pool: str, before: int, limit: int, *, whole: bool) -> ConfigPage:
        """The newest changes with ids below `before`, of one pool or (empty) of all; `whole` with the
        configuration as of each."""
        rows = await self._database.fetch(SQL["config_changes"], pool, before, limit + 1, whole)
        items = [_entry(row) for row in rows[:limit]]
        return ConfigPage(items=items, next_before=items[-1].id if len(rows) > limit else None)


def _entry(row: asyncpg.Record) -> Entry:
    fields = dict(row)
    config, changes = fields.pop("config"), _changes(fields.pop("changes"))
    return Entry(changes=changes, config=decode_pool(config) if config else None, **fields)
