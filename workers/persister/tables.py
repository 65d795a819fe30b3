"""What each topic's records become: a pure builder of one record's rows, and the statements for many."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Protocol, TypeVar

import asyncpg
from aiokafka import ConsumerRecord
from asyncpg.pool import PoolConnectionProxy

from schemas.codec import encode
from schemas.config import Agent, PoolConfig, decode_pool
from schemas.config_change import ConfigChanged, decode_change
from schemas.conversation import decode_event
from schemas.history_versions import ALL, EPOCH, NAMES, agent_tag, customer_tag
from workers.persister.erasing import Guard
from workers.persister.responses import Held, columns, count, telling
from workers.persister.rows import Consultation, Message, Row, Rows, at, merge, rows_of
from workers.persister.statements import statement

R = TypeVar("R")


class Table(Protocol[R]):
    """One topic's way into the database."""

    def build(self, record: ConsumerRecord) -> Sequence[R]:
        """The rows of one record. Raises ValueError or OverflowError for one that can't be stored."""

    async def write(self, db: PoolConnectionProxy, rows: Iterable[R]) -> Collection[str]:
        """Writes the rows of many records, in order; once more, with the same effect. The tags of history
        (schemas/history_versions) that this changes."""


async def write_columns(db: PoolConnectionProxy, sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Runs a statement that takes one array a column."""
    if rows:
        await db.execute(sql, *map(list, zip(*rows, strict=True)))


async def fetch_columns(
    db: PoolConnectionProxy, sql: str, rows: Sequence[Sequence[Any]]
) -> Sequence[asyncpg.Record]:
    """The same, for what it returns."""
    return await db.fetch(sql, *map(list, zip(*rows, strict=True))) if rows else ()


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
    _legs = statement("read_legs")
    _responses = statement("add_responses")

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._messages = Copied("chat_messages", Message._fields, statement("store_messages"))

    def build(self, record: ConsumerRecord) -> Sequence[Row]:
        """None for what is said to who waits, else one row or two."""
        return rows_of(decode_event(record.value or b""))

    async def write(self, db: PoolConnectionProxy, rows: Iterable[Row]) -> Collection[str]:
        """In one order of tables and keys for all writers; at the end what writers of other partitions may
        want, too, so that they wait for little more than the commit."""
        given = list(rows)
        passed = await self._guard.passed(db, given)
        merged = merge(passed)
        await self._count_responses(db, telling(merged.consultations))
        former = await fetch_columns(db, self._consultations, merged.consultations)
        await self._messages.write(db, merged.messages)
        rated = await fetch_columns(db, self._ratings, merged.ratings)
        await write_columns(db, self._forget, merged.forgotten)
        renamed = await fetch_columns(db, self._customers, merged.customers)
        if len(passed) < len(given) or merged.forgotten:
            return (EPOCH,)
        whose = [(row["customer_id"], row["agent_id"]) for row in rated]
        return tags_of(merged, [row["agent_id"] for row in former], whose, renamed=bool(renamed))

    async def _count_responses(self, db: PoolConnectionProxy, rows: Sequence[Consultation]) -> None:
        """Before the rows are stored: what is known of them tells what is new."""
        if rows:
            known = [row.session_id for row in rows], [row.created_at for row in rows]
            found = await db.fetch(self._legs, *known)
            held = {row["session_id"]: Held(row["version"], row["legs"]) for row in found}
            await write_columns(db, self._responses, columns(count(rows, held)))


def tags_of(
    rows: Rows, former: Iterable[str], rated: Iterable[tuple[str, str | None]], *, renamed: bool
) -> set[str]:
    """What is told of these rows: `former` are agents that their consultations had until now, `rated` the
    customers and agents of what was rated, `renamed` says that a customer had another name or phone."""
    whose = [*((row.customer_id, row.agent_id) for row in rows.consultations), *rated]
    tags = {customer_tag(customer) for customer, _ in whose}
    tags |= {agent_tag(agent) for agent in (*(agent for _, agent in whose), *former) if agent}
    tags |= {customer_tag(row.customer_id) for row in rows.customers}
    return tags | ({ALL} if tags else set()) | ({NAMES} if renamed else set())


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

    async def write(self, db: PoolConnectionProxy, rows: Iterable[PoolConfig]) -> Collection[str]:
        """Pool by pool, so that an agent who moves ends where the later record says."""
        for pool in rows:
            await db.execute(self._retire, pool.pool, [agent.id for agent in pool.agents], pool.version)
            await write_columns(db, self._store, [_columns(pool, agent) for agent in pool.agents])
        return (EPOCH,)


class ConfigChanges:
    """config.audit: who changed the configuration, each version once."""

    _store = statement("store_config_changes")

    def build(self, record: ConsumerRecord) -> Sequence[ConfigChanged]:
        """The one change. Raises ValueError for one that none is."""
        return (decode_change(record.value or b""),)

    async def write(self, db: PoolConnectionProxy, rows: Iterable[ConfigChanged]) -> Collection[str]:
        """In the order of the log."""
        await write_columns(db, self._store, list(map(_change, rows)))
        return ()


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
