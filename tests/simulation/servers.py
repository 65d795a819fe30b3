"""PostgreSQL and Redis, as far as the sinks' positions and transactions need them."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from tests.simulation.broker import Broker, Place
from tests.simulation.clock import PROCESS, Process
from tests.simulation.load import REFUSED
from workers.persister.sink import PostgresSink


class Postgres:
    """Rows and positions; a transaction's writes are there when its COMMIT has arrived."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.rows: dict[Place, list[int]] = defaultdict(list)
        self.positions: dict[Place, tuple[int, str]] = {}
        self.failing: set[Process] = set()
        self._locks: dict[Place, Connection] = {}
        self._waiting: dict[Place, list[asyncio.Future[None]]] = defaultdict(list)

    async def answer(self) -> None:
        """A statement's way there and back; or a connection that breaks."""
        process = PROCESS.get()
        await asyncio.sleep(self.broker.latency(process))
        if process in self.failing:
            self.failing.discard(process)
            raise OSError("the connection is lost")

    async def fetch(self, _: str, __: str, topics: Sequence[str], partitions: Sequence[int]) -> list[Any]:
        """read_positions."""
        await self.answer()
        found = []
        for place in zip(topics, partitions, strict=True):
            if place in self.positions:
                offset, identity = self.positions[place]
                found.append(
                    {"topic": place[0], "partition": place[1], "next_offset": offset, "topic_id": identity}
                )
        return found

    async def execute(self, _: str, __: str, topic: str, partition: int, offset: int, identity: str) -> None:
        """start_position."""
        await self.answer()
        self.positions[topic, partition] = (offset, identity)

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator["Connection"]:
        """A connection."""
        await self.answer()
        connection = Connection(self)
        process = PROCESS.get()
        assert process is not None
        process.deaths.append(lambda: self.broker.loop.outside(0.005, connection.undo))
        try:
            yield connection
        finally:
            connection.undo()

    async def lock(self, place: Place, connection: "Connection") -> None:
        """Waits for the row."""
        while (holder := self._locks.get(place)) is not None and holder is not connection:
            future: asyncio.Future[None] = self.broker.loop.create_future()
            self._waiting[place].append(future)
            await future
        self._locks[place] = connection

    def unlock(self, connection: "Connection") -> None:
        """Whoever waits goes on."""
        for place in [place for place, holder in self._locks.items() if holder is connection]:
            del self._locks[place]
            for future in self._waiting.pop(place, []):
                if not future.done():
                    future.set_result(None)


class Connection:
    """One connection with a transaction and its savepoints."""

    def __init__(self, server: Postgres) -> None:
        self.server = server
        self.writes: list[Any] = []
        self._depth = 0

    async def fetchval(self, _: str, __: str, *place: Any) -> int | None:
        """claim_position."""
        await self.server.answer()
        await self.server.lock((place[0], place[1]), self)
        known = self.server.positions.get((place[0], place[1]))
        return known[0] if known else None

    async def execute(self, sql: str, _: str, *values: Any) -> None:
        """advance_position."""
        assert sql is PostgresSink._advance
        await self.server.answer()
        self.writes.append(values)
        if not self._depth:
            self.apply()

    async def write(self, place: Place, offsets: Iterable[int]) -> None:
        """Rows."""
        await self.server.answer()
        self.writes.append((place, list(offsets)))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Nested ones are savepoints."""
        await self.server.answer()
        self._depth += 1
        began = len(self.writes)
        try:
            yield
        except BaseException:
            del self.writes[began:]
            self._depth -= 1
            if not self._depth:
                self.server.unlock(self)
            raise
        self._depth -= 1
        if not self._depth:
            await self._commit()

    def apply(self) -> None:
        """COMMIT has arrived."""
        for write in self.writes:
            if len(write) == 2:
                self.server.rows[write[0]] += write[1]
            else:
                place = (write[0], write[1])
                self.server.positions[place] = (write[2], self.server.positions[place][1])
        self.undo()

    def undo(self) -> None:
        """The transaction is over, or its connection is."""
        self.writes = []
        self.server.unlock(self)

    async def _commit(self) -> None:
        arrived: asyncio.Future[None] = self.server.broker.loop.create_future()

        def arrive() -> None:
            self.apply()
            if not arrived.done():
                arrived.set_result(None)

        self.server.broker.loop.outside(self.server.broker.latency(PROCESS.get()), arrive)
        await arrived
        await self.server.answer()


class Rows:
    """A table with a row for each record, which shows one that is stored twice."""

    def build(self, record: Any) -> list[Any]:
        """Where it stands."""
        if record.value == REFUSED[0]:
            raise ValueError("unreadable")
        return [record]

    async def write(self, db: Any, rows: Iterable[Any]) -> list[str]:
        """In the transaction."""
        records = list(rows)
        if any(one.value == REFUSED[1] for one in records):
            await db.server.answer()
            raise ValueError("unstorable")
        if records:
            await db.write((records[0].topic, records[0].partition), [one.offset for one in records])
        return []


class Redis:
    """Keys, feeds, and the notifier's script in Python."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.keys: dict[str, bytes] = {}
        self.feeds: dict[str, list[int]] = defaultdict(list)
        self.published: dict[Place, list[int]] = defaultdict(list)
        self.failing: set[Process] = set()

    async def answer(self) -> None:
        """A command's way there and back; or a connection that breaks, half of the time after it."""
        await asyncio.sleep(self.broker.latency(PROCESS.get()))

    async def broken(self) -> None:
        """The way back."""
        await self.answer()
        if (process := PROCESS.get()) in self.failing:
            self.failing.discard(process)
            raise OSError("the connection is lost")

    async def mget(self, names: Sequence[str]) -> list[bytes | None]:
        """Values."""
        await self.answer()
        return [self.keys.get(name) for name in names]

    async def mset(self, values: dict[str, Any]) -> None:
        """Values."""
        await self.answer()
        self.keys |= {name: str(value).encode() for name, value in values.items()}

    def register_script(self, _: str) -> Any:
        """store.lua."""
        return self._script

    async def _script(self, keys: list[str], args: list[Any]) -> Any:
        await self.answer()
        position = self.keys.get(keys[0])
        if position is None or int(position) < args[0]:
            return position
        self._note(keys[0], int(position), args)
        await self.broken()
        return 1

    def _note(self, key: str, position: int, args: list[Any]) -> None:
        _, topic, number = key.split(":")
        for at in range(3, len(args), 7):
            offset, _, feed, seq = args[at : at + 4]
            if offset < position:
                continue
            told = self.feeds[feed] if feed and seq > 0 else None
            if told is None or not told or seq > told[-1]:
                self.published[topic, int(number)].append(offset)
                if told is not None:
                    told.append(seq)
        self.keys[key] = str(max(position, args[1])).encode()
