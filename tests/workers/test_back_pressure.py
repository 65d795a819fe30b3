"""A partition is polled again when what was fetched of it is stored; the others go on."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.waiting import until
from workers.batch import Batch, Place, Position
from workers.loop import BatchLoop
from workers.settings import WorkerSettings

SLOW, QUICK = Place("t", 0), Place("t", 1)


class Endless:
    """A consumer whose partitions always have two more records."""

    def __init__(self) -> None:
        self.polls: Counter[Place] = Counter()
        self.at: dict[Place, int] = {SLOW: 0, QUICK: 0}

    def subscribe(self, **_: object) -> None: ...

    async def commit(self, _: object) -> None: ...

    async def getmany(self, *tps: TopicPartition, **_: object) -> Mapping[TopicPartition, Any]:
        await asyncio.sleep(0)
        found = {}
        for place in (Place(*tp) for tp in tps):
            self.polls[place] += 1
            begin = self.at[place]
            self.at[place] += 2
            found[TopicPartition(*place)] = [
                SimpleNamespace(offset=begin + number, value=b"x") for number in range(2)
            ]
        return found


class Holding:
    """A sink that keeps one partition's batches until `free` is set."""

    passing: tuple[type[Exception], ...] = ()
    history_s: float | None = None

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.stored: list[tuple[Place, int]] = []

    async def positions(self, places: Iterable[Place]) -> Mapping[Place, Position]:
        return {}

    async def start_at(self, place: Place, position: Position) -> None: ...

    async def store(self, batch: Batch) -> None:
        if batch.place == SLOW:
            await self.free.wait()
        self.stored.append((batch.place, batch.begin))


class Assigned(BatchLoop):
    """Has its partitions, from their beginning, until they are given away."""

    given_away = False

    async def _take_positions(self) -> None:
        if self.given_away:
            return
        self._assigned = frozenset({SLOW, QUICK})
        for place in self._assigned:
            self._positions.setdefault(place, 0)


def running() -> tuple[Assigned, Endless, Holding]:
    consumer, sink = Endless(), Holding()
    loop = Assigned("w", cast("AIOKafkaConsumer", consumer), sink, WorkerSettings(batch_records=1))
    return loop, consumer, sink


async def run(loop: BatchLoop, topics: Collection[str], stop: asyncio.Event) -> None:
    await loop.run(topics, stop)


def test_one_partition_waits_and_the_other_goes_on() -> None:
    async def scenario() -> None:
        loop, consumer, sink = running()
        stop = asyncio.Event()
        task = asyncio.create_task(run(loop, ["t"], stop))
        await until(lambda: consumer.polls[QUICK] > 20, 5.0, "the other one does not go on", 0)
        assert consumer.polls[SLOW] == 1
        sink.free.set()
        await until(lambda: consumer.polls[SLOW] > 1, 5.0, "it is not polled again", 0)
        stop.set()
        await task
        begins = [begin for place, begin in sink.stored if place == SLOW]
        assert begins == list(range(len(begins)))

    asyncio.run(scenario())


def test_what_is_in_hand_is_stored_before_the_partition_is_given_away_and_no_more() -> None:
    async def scenario() -> None:
        loop, consumer, sink = running()
        stop = asyncio.Event()
        task = asyncio.create_task(run(loop, ["t"], stop))
        await until(lambda: consumer.polls[QUICK] > 20, 5.0, "the other one does not go on", 0)
        loop.given_away = True
        revoked = asyncio.create_task(loop.on_partitions_revoked([]))
        await until(lambda: not loop._assigned, 5.0, "it is not given away", 0)
        assert not revoked.done()
        sink.free.set()
        await revoked
        stop.set()
        await task
        # The second batch of what was fetched is the next owner's.
        assert [begin for place, begin in sink.stored if place == SLOW] == [0]

    asyncio.run(scenario())


def test_what_ends_the_storing_of_one_partition_ends_the_loop() -> None:
    class Broken(Holding):
        async def store(self, batch: Batch) -> None:
            raise KeyError("bug")

    async def scenario() -> None:
        loop, _, _ = running()
        loop._sink = Broken()
        with pytest.raises(KeyError, match="bug"):
            await asyncio.wait_for(run(loop, ["t"], asyncio.Event()), 5.0)

    asyncio.run(scenario())
