"""Consultations and messages of the last twelve months, made by Postgres itself; three messages each."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from gateway.sql import statements

MONTHS = 12
CHUNK = 100_000
_SQL = statements(Path(__file__).with_suffix(".sql"))
_INDEXES = """
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made
FROM pg_index
WHERE indrelid = ANY (ARRAY['consultations'::regclass, 'chat_messages'::regclass]) AND NOT indisprimary
"""


def begin(now: datetime) -> datetime:
    """Of the first of the twelve months."""
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first - timedelta(days=365)).replace(day=1)


def customers_of(consultations: int) -> int:
    """Ten consultations each."""
    return max(10, consultations // 10)


async def fill(
    db: asyncpg.Connection, consultations: int, now: datetime, say: Callable[[str], None] = lambda _: None
) -> None:
    """Evenly from `begin` to `now`, oldest first; other indexes than the primary keys are made at the end."""
    since = begin(now)
    apart_ms = (now - since).total_seconds() * 1000 / consultations
    for month in range(MONTHS + 2):
        for table in ("consultations", "chat_messages"):
            day = (since + timedelta(days=31 * month)).date()
            await db.execute("SELECT make_month_partition($1, $2)", table, day)
    indexes = await db.fetch(_INDEXES)
    for index in indexes:
        await db.execute(f"DROP INDEX {index['name']}")
    await db.execute(_SQL["function"])
    await db.execute(_SQL["people"], customers_of(consultations))
    await db.execute(_SQL["agents"])
    for first in range(0, consultations, CHUNK):
        part = (first, min(first + CHUNK, consultations) - 1, apart_ms, since)
        await db.execute(_SQL["consultations"], *part, customers_of(consultations))
        await db.execute(_SQL["messages"], *part)
        say(f"  {part[1] + 1:,} of {consultations:,} consultations")
    for index in indexes:
        say(f"  {index['name']}")
        await db.execute(index["made"].replace(" ON ONLY ", " ON "))
    await db.execute("VACUUM ANALYZE")


async def write(db: asyncpg.Connection, first: int, count: int, consultations: int) -> None:
    """`count` consultations with their messages that begin now, in one transaction."""
    part = (first, first + count - 1, 0.0, datetime.now(UTC))
    async with db.transaction():
        await db.execute(_SQL["consultations"], *part, customers_of(consultations))
        await db.execute(_SQL["messages"], *part)
