"""The persister's sink: rows and position in one transaction.

The position's row is locked first. Of two persisters that think they own a partition the second one waits,
then finds its records below the position, and drops them.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import asyncpg
from aiokafka import ConsumerRecord
from asyncpg.pool import PoolConnectionProxy

from workers.batch import Batch, Place, Position, SetBack
from workers.dead_letters import DeadLetters
from workers.persister.statements import statement
from workers.persister.tables import Table
from workers.postgres import PASSING, acquired

log = logging.getLogger(__name__)
SINK = "persister"
Refused = list[tuple[ConsumerRecord, str]]
Built = Sequence[tuple[ConsumerRecord, Sequence[Any]]]

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
    ) -> None:
        self._pool = pool
        self._tables = tables
        self._letters = letters
        self._name = name

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
        """One transaction; dead letters are acknowledged before it commits."""
        table = self._tables[batch.place.topic]
        async with acquired(self._pool) as db, db.transaction():
            stored = await db.fetchval(self._claim, self._name, *batch.place)
            if stored is None or stored < batch.begin:
                raise SetBack(f"stored up to {stored}, not {batch.begin}")
            if batch.end > stored:
                await db.execute(self._advance, self._name, *batch.place, batch.end)
            built, refused = build(table, [one for one in batch.records if one.offset >= stored])
            refused += await write(db, table, built)
            await self._letters.send(refused)


def build(table: Table[Any], records: Iterable[ConsumerRecord]) -> tuple[Built, Refused]:
    """Each record's rows, and the records that have none with the reason."""
    built, refused = [], []
    for record in records:
        try:
            built.append((record, table.build(record)))
        except (ValueError, OverflowError, RecursionError) as error:  # the last for JSON nested too deeply
            refused.append((record, str(error)))
    return built, refused


async def write(db: PoolConnectionProxy, table: Table[Any], built: Built) -> Refused:
    """Writes all rows that can be written; halves until those that can't stand alone, and returns them."""
    if not built:
        return []
    try:
        async with db.transaction():
            await table.write(db, [row for _, rows in built for row in rows])
    except (*UNSTORABLE, ValueError) as error:
        if len(built) == 1:
            return [(built[0][0], str(error))]
    else:
        return []
    half = len(built) // 2
    return await write(db, table, built[:half]) + await write(db, table, built[half:])
