"""Finished and running consultations as Postgres has them."""

from datetime import UTC, datetime

import asyncpg
import msgspec

from gateway.database import Database
from gateway.paging import Cursor
from gateway.realtime.feed import Entry
from gateway.sql import SQL
from schemas.codec import encode
from schemas.conversation import Leg, MessageAdded
from schemas.ids import created_at
from schemas.limits import Personal

MAX_LIMIT = 100
_TRANSCRIPT = 1_000
MAX_SEQ = 2**31 - 1
_END = Cursor(datetime(9999, 12, 31, tzinfo=UTC), "")


class Consultation(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A row of history; times are RFC 3339, UTC."""

    session_id: str
    customer_id: Personal[str]
    channel: str
    status: str
    state: str
    version: int
    created_at: datetime
    started_at: datetime
    changed_at: datetime
    ended_at: datetime | None
    agent_id: str | None
    pool: str | None
    queue: str | None
    reason: str
    disposition: str
    note: Personal[str]
    message_count: int
    synthetic: bool
    legs: list[Leg]
    attributes: Personal[dict[str, str]] = {}
    rating: int | None = None
    rating_comment: Personal[str] = ""
    rated_at: datetime | None = None
    messages: list[MessageAdded] | None = None


class Page(msgspec.Struct, kw_only=True):
    """200 of /consultation/history; `next_cursor` is null on the last page."""

    items: list[Consultation]
    next_cursor: str | None


_legs = msgspec.json.Decoder(list[Leg]).decode
_attributes = msgspec.json.Decoder(dict[str, str]).decode


class History:
    """Reads from `database`. Raises asyncpg's errors, OSError and TimeoutError where that can't be read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, customer_id: str, after: Cursor | None, limit: int) -> Page:
        """The customer's newest consultations after the cursor."""
        start = after or _END
        wanted = (customer_id, start.created_at, start.session_id, limit + 1)
        rows = await self._database.fetch(SQL["history_of_customer"], *wanted)
        items = [_consultation(row) for row in rows[:limit]]
        more = Cursor(items[-1].created_at, items[-1].session_id).text() if len(rows) > limit else None
        return Page(items=items, next_cursor=more)

    async def one(self, session_id: str, *, messages: bool) -> Consultation | None:
        """One consultation, with the first thousand entries of its transcript where asked for."""
        row = await self._database.fetchrow(SQL["consultation"], created_at(session_id), session_id)
        if row is None:
            return None
        found = _consultation(row)
        if messages:
            found.messages = [_message(row) for row in await self._transcript(session_id, 0, MAX_SEQ)]
        return found

    async def transcript(self, session_id: str, after: int, before: int) -> list[Entry]:
        """The entries between two seqs, as the notifier writes them; at most a thousand."""
        rows = await self._transcript(session_id, after, before)
        return [Entry(row["seq"], encode(_message(row))) for row in rows]

    async def customer_name(self, session_id: str) -> str:
        """The name of the session's customer; empty where none is known."""
        wanted = (created_at(session_id), session_id)
        return str(await self._database.fetchval(SQL["customer_name"], *wanted) or "")

    async def answers(self) -> bool:
        """Postgres answers."""
        return bool(await self._database.fetchval("SELECT true", timeout=1.0))

    async def _transcript(self, session_id: str, after: int, before: int) -> list[asyncpg.Record]:
        wanted = (created_at(session_id), session_id, after, before, _TRANSCRIPT)
        return await self._database.fetch(SQL["transcript"], *wanted)


def _consultation(row: asyncpg.Record) -> Consultation:
    fields = dict(row)
    return Consultation(
        message_count=fields.pop("messages"),
        legs=_legs(fields.pop("legs")),
        attributes=_attributes(fields.pop("attributes")),
        messages=None,
        **fields,
    )


def _message(row: asyncpg.Record) -> MessageAdded:
    return MessageAdded(**row)
