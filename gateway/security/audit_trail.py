"""Who has listened in, searched, exported, erased: as Postgres has it."""

from datetime import datetime

import msgspec

from gateway.database import Database
from gateway.sql import SQL
from schemas.limits import Personal


class Entry(msgspec.Struct, kw_only=True):
    """A row of the audit; what was not named is empty."""

    id: int
    at: datetime
    actor: str
    action: str
    roles: list[str]
    pool: str
    session_id: str
    contact_id: str
    customer_id: Personal[str]
    detail: Personal[str]


class AuditPage(msgspec.Struct, kw_only=True):
    """200 of GET /admin/audit, newest first; `next_before` is null on the last page."""

    items: list[Entry]
    next_before: int | None


class AuditLog:
    """Reads from `database`. Raises asyncpg's errors, OSError and TimeoutError where that can't be read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, actor: str, action: str, before: int, limit: int) -> AuditPage:
        """The newest with ids below `before`, of one actor and action, or (empty) of all."""
        rows = await self._database.fetch(SQL["audit"], actor, action, before, limit + 1)
        items = [Entry(**row) for row in rows[:limit]]
        return AuditPage(items=items, next_before=items[-1].id if len(rows) > limit else None)
