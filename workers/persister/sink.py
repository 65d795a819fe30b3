"""The persister's sink: rows and position in one transaction.

The position's row is locked first. Of two persisters that think they own a partition the second one waits,
then finds its records below the position, and drops them.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import asyncpg
from aiokafka import ConsumerRecord
from asyncpg.pool import PoolConnectionProxy

from schemas.history_versions import EPOCH
from workers.batch import Batch, Place, Position, SetBack
from workers.dead_letters import DeadLetters
from workers.persister.statements import statement
from workers.persister.tables import Table
from workers.postgres import PASSING, acquired

log = logging.getLogger(__name__)
SINK = "persister"
Refused = list[tuple[ConsumerRecord, str]]
Built = Sequence[tuple[ConsumerRecord, Sequence[Any]]]
Committed = Callable[[Collection[str]], None]

UNSTORABLE = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.ProgramLimitExceededError)
"""What the server says of a row that it will never take. (What asyncpg itself says is a ValueError.)"""


class PostgresSink:
    """Stores each topic by its table; what can't be stored goes to the topic's dead letters."""

    passing = PASSING
    history_s: float | None = None
    _claim = statement("claim_position")
    _advance = statement("advance_position")
    _start = statement("start_position")
    _read = statement("read_positions")

    def __init__(
        self,
        pool: asyncpg.Pool,
        tables: Mapping[str, Table[Any]],
        letters: DeadLetters,
        name: str = SINK,
        committed: Committed = lambda _: None,
    ) -> None:
        self._pool = pool
        self._tables = tables
        self._letters = letters
        self._name = name
        self._committed = committed

    async def positions(self, places: Iterable[Place]) -> Mapping[Place, Position]:
        """The rows of sink_offsets."""
        wanted = list(places)
        topics, partitions = [place.topic for place in wanted], [place.partition for place in wanted]
        found = await self._pool.fetch(self._read, self._name, topics, partitions)
        return {
            Place(row["topic"], row["partition"]): Position(row["next_offset"], row["topic_id"])
            for row in found
        }

    async def start_at(self, place: Place, position: Position) -> None:
        """Makes the row, or moves it on."""
        await self._pool.execute(self._start, self._name, *place, *position)

    async def store(self, batch: Batch) -> None:
        """One transaction; dead letters are acknowledged before it commits, what it changed is told after."""
        table, tags = self._tables[batch.place.topic], set[str]()
        async with acquired(self._pool) as db, db.transaction():
            stored = await db.fetchval(self._claim, self._name, *batch.place)
            if stored is None or stored < batch.begin:
                raise SetBack(f"stored up to {stored}, not {batch.begin}")
            if batch.end > stored:
                await db.execute(self._advance, self._name, *batch.place, batch.end)
            built, refused = build(table, [one for one in batch.records if one.offset >= stored])
            refused += await write(db, table, built, tags)
            await self._letters.send(refused)
        # Whoever stored it before us, ourselves on a connection that was lost included, may not have told.
        self._committed(tags if stored == batch.begin else (EPOCH,))


def build(table: Table[Any], records: Iterable[ConsumerRecord]) -> tuple[Built, Refused]:
    """Each record's rows, and the records that have none with the reason."""
    built, refused = [], []
    for record in records:
        try:
            built.append((record, table.build(record)))
        except (ValueError, OverflowError, RecursionError) as error:  # the last for JSON nested too deeply
            refused.append((record, str(error)))
    return built, refused


async def write(db: PoolConnectionProxy, table: Table[Any], built: Built, tags: set[str]) -> Refused:
    """Writes all rows that can be written, at once, and returns the records of the others; `tags` get those
    of what is written.

    Writers who lock rows in one order never wait for each other in a circle; of two pieces, one after the
    other, each may be in that order, and both together are not.
    """
    error = await _attempt(db, table, built, tags)
    if error is None:
        return []
    refused = await _search(db, table, built, error)
    if not refused:  # each half alone can be written
        half = len(built) // 2
        return await write(db, table, built[:half], tags) + await write(db, table, built[half:], tags)
    places = {record.offset for record, _ in refused}
    return refused + await write(db, table, [one for one in built if one[0].offset not in places], tags)


async def _search(db: PoolConnectionProxy, table: Table[Any], built: Built, error: Exception) -> Refused:
    """Of records that can't be written together those that can't alone. Writes none, and holds no lock."""
    if len(built) == 1:
        return [(built[0][0], str(error))]
    half = len(built) // 2
    refused: Refused = []
    for part in (built[:half], built[half:]):
        if found := await _attempt(db, table, part, None):
            refused += await _search(db, table, part, found)
    return refused


async def _attempt(
    db: PoolConnectionProxy, table: Table[Any], built: Built, tags: set[str] | None
) -> Exception | None:
    """Writes all rows or none, and says what is wrong with them; without `tags` none either way."""
    if not built:
        return None
    try:
        async with db.transaction():
            written = await table.write(db, [row for _, rows in built for row in rows])
            if tags is None:
                raise _Undone
            tags |= set(written)
    except _Undone:
        return None
    except (*UNSTORABLE, ValueError) as error:
        return error
    return None


class _Undone(Exception):
    """It could be written."""
