"""Rows at chosen times, written as the persister does, and where they are."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import asyncpg

from schemas.conversation import ConversationEvent, MessageAdded
from schemas.ids import session_id
from schemas.states import Role
from tests.workers.events import changed
from workers.persister.rows import merge, rows_of
from workers.persister.statements import statement
from workers.persister.tables import write_columns

_CONSULTATIONS = statement("store_consultations")
_MESSAGES = statement("store_messages")


def session_at(at: datetime, number: int) -> str:
    """The id of a session that began then."""
    return session_id(0, round(at.timestamp() * 1000), number)


def events(session: str, version: int = 1) -> Sequence[ConversationEvent]:
    """Its consultation at that version, and its message of that number."""
    said = MessageAdded(
        session_id=session, seq=version, message_id=f"m{version}", role=Role.CUSTOMER, text="환불", at_ms=1
    )
    return changed(session, version), said


async def store(db: asyncpg.Connection, many: Sequence[ConversationEvent]) -> None:
    """In one transaction, by the persister's own statements."""
    rows = merge(row for event in many for row in rows_of(event))
    async with db.transaction():
        await write_columns(db, _CONSULTATIONS, rows.consultations)  # type: ignore[arg-type]
        await write_columns(db, _MESSAGES, rows.messages)  # type: ignore[arg-type]


async def places(db: asyncpg.Connection, table: str = "consultations") -> Counter[str]:
    """How many rows of `table` each of its partitions holds."""
    rows = await db.fetch(f"SELECT tableoid::regclass::text AS name, count(*) FROM {table} GROUP BY 1")
    return Counter({row["name"]: row["count"] for row in rows})


@dataclass
class Writer:
    """Writes new sessions, and new versions of old ones, until told to stop; with the persister's rights."""

    url: str
    times: Sequence[datetime]
    first: int
    versions: dict[str, int] = field(default_factory=dict)
    longest_s: float = 0.0
    stopping: bool = False

    async def run(self) -> None:
        db = await asyncpg.connect(f"{self.url}?role=aicc_persister")
        number = self.first
        try:
            while not self.stopping:
                lot: list[ConversationEvent] = []
                for _ in range(20):
                    number += 1
                    at = self.times[number % len(self.times)] + timedelta(milliseconds=number)
                    self.versions[session_at(at, number)] = 0
                known = list(self.versions)
                for session in {*known[-20:], *known[number % 7 :: 97][-40:]}:
                    self.versions[session] += 1
                    lot += events(session, self.versions[session])
                began = time.perf_counter()
                await store(db, lot)
                self.longest_s = max(self.longest_s, time.perf_counter() - began)
        finally:
            await db.close()

    async def check(self, db: asyncpg.Connection) -> None:
        """Everything that was written is there, once and at its last version."""
        stored = await self._find(db, "SELECT session_id, version FROM consultations")
        assert stored == Counter(self.versions.items())
        said = Counter((session, n + 1) for session, last in self.versions.items() for n in range(last))
        assert await self._find(db, "SELECT session_id, seq FROM chat_messages") == said

    async def _find(self, db: asyncpg.Connection, select: str) -> Counter[tuple[str, int]]:
        rows = await db.fetch(f"{select} WHERE session_id = ANY ($1)", [*self.versions])
        return Counter((session, number) for session, number in rows)


async def fill(db: asyncpg.Connection, since: datetime, rows: int, step: timedelta) -> None:
    """So many consultations with a message each, from `since` on, put in by the server."""
    await db.execute(
        """
        INSERT INTO consultations (session_id, created_at, version, customer_id, channel, status, state,
                                   started_at, changed_at)
        SELECT 'filled-' || n, $1::timestamptz + n * $2::interval, 1, 'c' || n % 100, 'chat', 'completed',
               'closed', $1, $1
        FROM generate_series(1, $3::int) AS n
        """,
        since,
        step,
        rows,
    )
    await db.execute(
        """
        INSERT INTO chat_messages (session_id, created_at, seq, message_id, role, text, at)
        SELECT 'filled-' || n, $1::timestamptz + n * $2::interval, 1, 'm', 'customer', 'hello', $1
        FROM generate_series(1, $3::int) AS n
        """,
        since,
        step,
        rows,
    )
