"""Finished and running consultations as Postgres has them."""

from datetime import datetime
from typing import TypeVar

import asyncpg
import msgspec
from msgspec.structs import replace

from gateway.database import Database
from gateway.filters import Filters, Statement, estimate_of, page_of
from gateway.paging import Cursor
from gateway.realtime.feed import Entry
from gateway.sql import SQL
from schemas.attachments import Attachment
from schemas.codec import encode
from schemas.conversation import Leg, MessageAdded
from schemas.ids import created_at
from schemas.limits import Personal

MAX_LIMIT = 100
_TRANSCRIPT = 1_000
MAX_SEQ = 2**31 - 1


class Consultation(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A row of history; times are RFC 3339, UTC. Names and phone are as they are now, empty or null where
    nobody is known."""

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
    customer_name: str
    customer_phone: str
    agent_name: str | None
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
    """200 of /consultation/history; `next_cursor` is null on the last page. `total_estimate` is on the first
    page: how many there are in all, as the planner guesses; exact where one page has them."""

    items: list[Consultation]
    next_cursor: str | None
    total_estimate: int | None = None


class Match(Consultation):
    """A consultation in which something was said; `match_seq` is the entry's number."""

    match_seq: int
    match_role: str
    match_text: str


class Matches(msgspec.Struct, kw_only=True):
    """200 of /consultation/search; `next_cursor` is null where nothing older fits. Without items it is the
    place that the search got to in its time."""

    items: list[Match]
    next_cursor: str | None


class _Plan(msgspec.Struct, rename={"rows": "Plan Rows"}):
    rows: float


class _Explained(msgspec.Struct, rename={"plan": "Plan"}):
    plan: _Plan


C = TypeVar("C", bound=Consultation)
_legs = msgspec.json.Decoder(list[Leg]).decode
_attributes = msgspec.json.Decoder(dict[str, str]).decode
_attachments = msgspec.json.Decoder(tuple[Attachment, ...]).decode
_explained = msgspec.json.Decoder(tuple[_Explained]).decode


class History:
    """Reads from `database`. Raises asyncpg's errors, OSError and TimeoutError where that can't be read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, filters: Filters, after: Cursor | None, limit: int) -> Page:
        """The newest consultations after the cursor."""
        filters = await self.resolved(filters)
        rows = await self.rows(filters, after, limit + 1)
        items = rows[:limit]
        more = Cursor(items[-1].created_at, items[-1].session_id).text() if len(rows) > limit else None
        if after:
            return Page(items=items, next_cursor=more)
        total = max(await self._estimate(filters), len(rows)) if more else len(items)
        return Page(items=items, next_cursor=more, total_estimate=total)

    async def resolved(self, filters: Filters) -> Filters:
        """With the customers in place of their phone; of many only those who were here last."""
        if not filters.phone:
            return filters
        rows = await self._database.fetch(SQL["customers_of_phone"], filters.phone)
        return replace(filters, phone="", customers=tuple(row[0] for row in rows))

    async def rows(self, filters: Filters, after: Cursor | None, limit: int) -> list[Consultation]:
        """The same, but for what is said of the page; for resolved filters."""
        return [_consultation(row) for row in await self._fetch(page_of(filters, after, limit))]

    async def tsquery(self, asked: str) -> str:
        """What narrows a search for these words down; empty where there is no word among them."""
        return str(await self._database.fetchval(SQL["search_query"], asked))

    async def matches(self, statement: Statement) -> list[Match]:
        """Rows of `search_of`."""
        return [_row(Match, row) for row in await self._fetch(statement)]

    async def one(self, session_id: str, *, messages: bool) -> Consultation | None:
        """One consultation, with the first thousand entries of its transcript where asked for."""
        row = await self._database.fetchrow(SQL["consultation"], created_at(session_id), session_id)
        if row is None:
            return None
        found = _consultation(row)
        if messages:
            found.messages = [message_of(row) for row in await self._transcript(session_id, 0, MAX_SEQ)]
        return found

    async def transcript(self, session_id: str, after: int, before: int) -> list[Entry]:
        """The entries between two seqs, as the notifier writes them; at most a thousand."""
        rows = await self._transcript(session_id, after, before)
        return [Entry(row["seq"], encode(message_of(row))) for row in rows]

    async def customer_name(self, session_id: str) -> str:
        """The name of the session's customer; empty where none is known."""
        wanted = (created_at(session_id), session_id)
        return str(await self._database.fetchval(SQL["customer_name"], *wanted) or "")

    async def pool_of(self, session_id: str) -> str:
        """The pool of the session; empty where it has none yet."""
        return await self._database.fetchval(SQL["pool_of_session"], created_at(session_id), session_id) or ""

    async def answers(self) -> bool:
        """Postgres answers."""
        return bool(await self._database.fetchval("SELECT true", timeout=1.0))

    async def _fetch(self, statement: Statement) -> list[asyncpg.Record]:
        return await self._database.fetch(statement.sql, *statement.arguments)

    async def _estimate(self, filters: Filters) -> int:
        (row,) = await self._fetch(estimate_of(filters))
        return round(_explained(row[0])[0].plan.rows)

    async def _transcript(self, session_id: str, after: int, before: int) -> list[asyncpg.Record]:
        wanted = (created_at(session_id), session_id, after, before, _TRANSCRIPT)
        return await self._database.fetch(SQL["transcript"], *wanted)


def _consultation(row: asyncpg.Record) -> Consultation:
    return _row(Consultation, row)


def _row(kind: type[C], row: asyncpg.Record) -> C:
    fields = dict(row)
    return kind(
        message_count=fields.pop("messages"),
        legs=_legs(fields.pop("legs")),
        attributes=_attributes(fields.pop("attributes")),
        messages=None,
        **fields,
    )


def message_of(row: asyncpg.Record) -> MessageAdded:
    """An entry of a transcript."""
    return MessageAdded(**{**row, "attachments": _attachments(row["attachments"])})
