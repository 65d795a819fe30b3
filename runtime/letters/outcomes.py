"""What was decided of each letter: rows of letter_outcomes, by the position of its record."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import asyncpg
from aiokafka import TopicPartition

_SQL = Path(__file__).parent / "sql"
_ONE_AT_A_TIME = 0x61696363646C71
"""The advisory lock of whoever decides of letters; it ends with its connection."""


class Source(NamedTuple):
    """The position of a refused record."""

    topic: str
    partition: int
    offset: int

    @classmethod
    def parse(cls, text: str) -> "Source":
        """The inverse of `str`. Raises ValueError."""
        topic, partition, offset = text.rsplit(":", 2)
        return cls(topic, int(partition), int(offset))

    @property
    def place(self) -> TopicPartition:
        """Its partition."""
        return TopicPartition(self.topic, self.partition)

    def __str__(self) -> str:
        return f"{self.topic}:{self.partition}:{self.offset}"


class Outcome(NamedTuple):
    """One row; `outcome` is replaying, replayed or discarded."""

    source: Source
    outcome: str
    begun_at: datetime
    settled_at: datetime | None
    author: str
    refused_for: str
    discarded_for: str
    search_from: int | None
    replayed_to: int | None


class Occupied(Exception):
    """Somebody else decides of letters at this moment."""


class Outcomes:
    """The rows, over one connection."""

    def __init__(self, db: asyncpg.Connection) -> None:
        self._db = db

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Nobody else decides meanwhile; if we die, the lock goes with the connection. Raises Occupied."""
        if not await self._db.fetchval("SELECT pg_try_advisory_lock($1)", _ONE_AT_A_TIME):
            raise Occupied("another aicc-dlq is replaying or discarding: wait for its end")
        try:
            yield
        finally:
            await self._db.execute("SELECT pg_advisory_unlock($1)", _ONE_AT_A_TIME)

    async def all(self) -> Mapping[Source, Outcome]:
        """Every decision, oldest first."""
        rows = await self._db.fetch(_statement("find"))
        made = (Outcome(Source(*row[:3]), *row[3:]) for row in map(tuple, rows))
        return {outcome.source: outcome for outcome in made}

    async def now(self) -> datetime:
        """The database's clock, by which rows are stamped."""
        found: datetime = await self._db.fetchval("SELECT now()")
        return found

    async def begin(self, source: Source, author: str, refused_for: str, search_from: int) -> None:
        """The record is about to be appended, at `search_from` or after it."""
        await self._db.execute(_statement("begin"), *source, author, refused_for, search_from)

    async def begin_again(self, source: Source, author: str) -> None:
        """The record was not appended, and is about to be."""
        await self._db.execute(_statement("begin_again"), *source, author)

    async def settle(self, source: Source, replayed_to: int) -> None:
        """The record was appended at this offset of its partition."""
        await self._db.execute(_statement("settle"), *source, replayed_to)

    async def discard(self, source: Source, author: str, refused_for: str, reason: str) -> None:
        """The record will not be replayed."""
        await self._db.execute(_statement("discard"), *source, author, refused_for, reason)


def _statement(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text()
