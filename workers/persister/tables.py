"""What each topic's records become: a pure builder of one record's rows, and the statements for many."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TypeVar

import asyncpg
from aiokafka import ConsumerRecord
from asyncpg.pool import PoolConnectionProxy

from schemas.codec import encode
from schemas.config import Agent, PoolConfig, decode_pool
from schemas.config_change import ConfigChanged, decode_change
from schemas.conversation import decode_event
from workers.persister.erasing import Guard
from workers.persister.rows import Message, Row, at, merge, rows_of
from workers.persister.statements import statement

R = TypeVar("R")


class Table(Protocol[R]):
    """One topic's way into the database."""

    def build(self, record: ConsumerRecord) -> Sequence[R]:
        """The rows of one record. Raises ValueError or OverflowError for one that can't be stored."""

    async def write(self, db: PoolConnectionProxy, rows: Iterable[R]) -> None:
        """Writes the rows of many records, in order; once more, with the same effect."""


async def write_columns(db: PoolConnectionProxy, sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Runs a statement that takes one array a column."""
    if rows:
        await db.execute(sql, *map(list, zip(*rows, strict=True)))


CAREFUL = 50
"""So many batches after one that met rows which were there already go by the slower way at once."""


class Copied:
    """Rows of a table that are new but for repeats: COPY, and where it meets a row that is there already,
    what it did is undone and a statement that passes such rows over takes its place."""

    def __init__(self, table: str, columns: Sequence[str], careful: str) -> None:
        self._table, self._columns, self._careful = table, tuple(columns), careful
        self._slow = 0

    async def write(self, db: PoolConnectionProxy, rows: Sequence[Sequence[Any]]) -> None:
        """Within a transaction."""
        if not rows:
            return
        if not self._slow:
            try:
                async with db.transaction():
                    await db.copy_records_to_table(self._table, records=rows, columns=self._columns)
            except asyncpg.UniqueViolationError:
                self._slow = CAREFUL
            else:
                return
        self._slow -= 1
        await write_columns(db, self._careful, rows)


class Events:
    """conversation.events: consultations with their ratings, messages and customers."""

    _consultations = statement("store_consultations")
    _customers = statement("store_customers")
    _ratings = statement("store_ratings")
    _forget = statement("erase_sessions")

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._messages = Copied("chat_messages", Message._fields, statement("store_messages"))

    def build(self, record: ConsumerRecord) -> Sequence[Row]:
        """None for what is said to who waits, else one row or two."""
        return rows_of(decode_event(record.value or b""))

    async def write(self, db: PoolConnectionProxy, rows: Iterable[Row]) -> None:
        """In one order of tables and keys for all writers; at the end what writers of other partitions may
        want, too, so that they wait for little more than the commit."""
        merged = merge(await self._guard.passed(db, list(rows)))
        await write_columns(db, self._consultations, merged.consultations)
        await self._messages.write(db, merged.messages)
        await write_columns(db, self._ratings, merged.ratings)
        await write_columns(db, self._forget, merged.forgotten)
        await write_columns(db, self._customers, merged.customers)


class Pools:
    """config: the agents of each pool, by its highest version: of two who publish at once the later record
    may be the earlier version."""

    _store = statement("store_agents")
    _retire = statement("retire_agents")

    def build(self, record: ConsumerRecord) -> Sequence[PoolConfig]:
        """The pool; one without agents where its record was deleted."""
        if record.value is None:
            return (PoolConfig(pool=(record.key or b"").decode(), partition=0),)
        return (decode_pool(record.value),)

    async def write(self, db: PoolConnectionProxy, rows: Iterable[PoolConfig]) -> None:
        """Pool by pool, so that an agent who moves ends where the later record says."""
        for pool in rows:
            await db.execute(self._retire, pool.pool, [agent.id for agent in pool.agents], pool.version)
            await write_columns(db, self._store, [_columns(pool, agent) for agent in pool.agents])


class ConfigChanges:
    """config.audit: who changed the configuration, each version once."""

    _store = statement("store_config_changes")

    def build(self, record: ConsumerRecord) -> Sequence[ConfigChanged]:
        """The one change. Raises ValueError for one that none is."""
        return (decode_change(record.value or b""),)

    async def write(self, db: PoolConnectionProxy, rows: Iterable[ConfigChanged]) -> None:
        """In the order of the log."""
        await write_columns(db, self._store, list(map(_change, rows)))


def _change(change: ConfigChanged) -> tuple[Any, ...]:
    return (
        change.pool,
        change.version,
        at(change.at_ms),
        change.author,
        change.source,
        change.changed,
        encode(change.changes).decode(),
        encode(change.config).decode(),
    )


def _columns(pool: PoolConfig, agent: Agent) -> tuple[Any, ...]:
    # An array of arrays would need equal lengths, so the queues of each agent go as JSON.
    queues = encode(agent.queues).decode()
    return agent.id, agent.name, pool.pool, queues, agent.capacity, agent.synthetic, pool.version
