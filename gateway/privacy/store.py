"""What Postgres has of a customer, and of erasures."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from gateway.database import Database
from gateway.filters import Filters
from gateway.history import Consultation, History, message_of
from gateway.paging import Cursor
from gateway.security.audit_trail import Entry
from gateway.sql import statements
from schemas.conversation import MessageAdded
from schemas.limits import Personal

SQL = statements(Path(__file__).with_name("store.sql"))
MOST_SESSIONS = 20_000
"""In one record; of a customer who has more, the persister finds the rest."""
_PAGE = 50


class Customer(msgspec.Struct, kw_only=True, tag_field="kind", tag="customer"):
    """The row of the customer."""

    customer_id: Personal[str]
    name: Personal[str]
    phone: Personal[str]
    first_seen_at: datetime
    last_seen_at: datetime


class Delivery(msgspec.Struct, kw_only=True, tag_field="kind", tag="delivery"):
    """An event that was sent, or is to be, to a webhook."""

    id: int
    url: str
    type: str
    state: str
    created_at: datetime
    body: Personal[str]


class Counts(msgspec.Struct, kw_only=True):
    """The rows that an erasure took away."""

    customers: int
    consultations: int
    messages: int
    deliveries: int


class Done(NamedTuple):
    """As of when an erasure counts, how much went, and the files that are still to be cleared."""

    at: datetime
    erased: Counts
    exports: tuple[str, ...]


class PrivacyStore:
    """Reads from `database`. Raises asyncpg's errors, OSError and TimeoutError where that can't be read."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._history = History(database)

    async def customer(self, customer_id: str) -> Customer | None:
        """The customer's own row."""
        row = await self._database.fetchrow(SQL["customer"], customer_id)
        return Customer(**row) if row else None

    async def consultations(self, customer_id: str) -> AsyncIterator[list[Consultation]]:
        """All of them with their messages, page by page, the newest first."""
        after: Cursor | None = None
        while True:
            page = await self._history.page(Filters(customer_id=customer_id), after, _PAGE)
            await self._add_messages(page.items)
            yield page.items
            if page.next_cursor is None:
                return
            after = Cursor.parse(page.next_cursor)

    async def deliveries(self, sessions: list[str]) -> list[Delivery]:
        """What webhooks were told of the sessions, and not deleted since."""
        return [
            Delivery(**row) for row in await self._database.fetch(SQL["deliveries_of_customer"], sessions)
        ]

    async def audit(self, customer_id: str, sessions: list[str]) -> list[Entry]:
        """What staff did with what is the customer's."""
        rows = await self._database.fetch(SQL["audit_of_customer"], customer_id, sessions)
        return [Entry(**row) for row in rows]

    async def sessions(self, customer_id: str) -> tuple[str, ...]:
        """The newest ones."""
        rows = await self._database.fetch(SQL["newest_sessions"], customer_id, MOST_SESSIONS)
        return tuple(row["session_id"] for row in rows)

    async def erasure(self, identity: str) -> Done | None:
        """Once it is done."""
        row = await self._database.fetchrow(SQL["erasure"], identity)
        if row is None:
            return None
        files = await self._database.fetch(SQL["stale_files"], identity)
        numbers = dict(row)
        return Done(numbers.pop("at"), Counts(**numbers), tuple(one["name"] for one in files))

    async def _add_messages(self, items: list[Consultation]) -> None:
        by_session: dict[str, list[MessageAdded]] = {item.session_id: [] for item in items}
        began = [item.created_at for item in items]
        rows = await self._database.fetch(SQL["messages_of_customer"], list(by_session), began)
        for row in rows:
            by_session[row["session_id"]].append(message_of(row))
        for item in items:
            item.messages = by_session[item.session_id]
