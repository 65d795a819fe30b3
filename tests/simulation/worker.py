"""A worker: the real batch loop and sinks, with a made-up consumer."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition

from schemas.topics import AGENT_ASSIGNMENTS, CONVERSATION_EVENTS, ROUTING_EVENTS
from tests.simulation.broker import Broker, Place, Producer, cut_off
from tests.simulation.clock import EPOCH_S
from tests.simulation.group import Group
from tests.simulation.servers import Postgres, Redis, Rows
from workers.dead_letters import DeadLetters
from workers.loop import BatchLoop
from workers.notifier.feeds import agent_note, pool_note, session_note
from workers.notifier.sink import RedisSink
from workers.persister.sink import PostgresSink
from workers.settings import WorkerSettings

SETTINGS = WorkerSettings(batch_records=25, patience_s=8.0)
HEARTBEAT_S = 1.0
NOTES = {
    CONVERSATION_EVENTS.name: session_note,
    AGENT_ASSIGNMENTS.name: agent_note,
    ROUTING_EVENTS.name: pool_note,
}


class Consumer:
    """AIOKafkaConsumer, as far as the loop uses it."""

    def __init__(self, broker: Broker, group: Group, instance: str) -> None:
        self.broker, self.group, self.instance = broker, group, instance
        self._client = broker
        self.at: dict[TopicPartition, int] = {}
        self._generation = -1
        self._listener: Any = None

    def subscribe(self, topics: Sequence[str], listener: Any) -> None:
        """Who hears of rebalances."""
        self._listener = listener
        self._belonging = asyncio.ensure_future(self._belong())

    async def _belong(self) -> None:
        await self._rejoin()
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            if not await self.group.heartbeat(self.instance, self._generation):
                await self._rejoin()

    async def _rejoin(self) -> None:
        await self._listener.on_partitions_revoked(list(self.at))
        self.at = {}
        joined = await self.group.join(self.instance)
        self._generation = joined.generation
        for place in joined.places:
            self.at[TopicPartition(*place)] = self.broker.committed.get((self.group.name, place), 0)
        await self._listener.on_partitions_assigned(list(self.at))

    async def getmany(
        self, *tps: TopicPartition, timeout_ms: int, max_records: int
    ) -> Mapping[TopicPartition, Sequence[Any]]:
        """What there is."""
        await asyncio.sleep(self.broker.rng.uniform(0.01, 0.2) if timeout_ms else 0.002)
        found: dict[TopicPartition, Sequence[Any]] = {}
        if cut_off():
            return found
        for tp in sorted(tps):  # given as a set, whose order each process has its own
            at = self.at.get(tp)
            if at is not None and (records := self.broker.log[tp.topic, tp.partition][at : at + max_records]):
                self.at[tp] = records[-1].offset + 1
                found[tp] = list(records)
        return found

    def seek(self, tp: TopicPartition, offset: int) -> None:
        """The next fetch begins there."""
        if tp in self.at:
            self.at[tp] = offset

    async def beginning_offsets(self, tps: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Nothing was ever deleted."""
        await self.broker.answer()
        return dict.fromkeys(sorted(tps), 0)

    async def end_offsets(self, tps: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        """The log's ends."""
        await self.broker.answer()
        return {tp: self.broker.end((tp.topic, tp.partition)) for tp in sorted(tps)}

    async def offsets_for_times(self, times: Mapping[TopicPartition, int]) -> Mapping[TopicPartition, Any]:
        """All of history is within any time asked for."""
        await self.broker.answer()
        assert all(at_ms < EPOCH_S * 1000 for at_ms in times.values())
        return {tp: SimpleNamespace(offset=0) for tp in sorted(times)}

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """A hint to the broker."""
        await self.broker.answer()
        for tp, offset in offsets.items():
            self.broker.committed[self.group.name, (tp.topic, tp.partition)] = offset


def persister(broker: Broker, group: Group, instance: str, postgres: Postgres) -> BatchLoop:
    """The persister over one table."""
    tables = {topic: Rows() for topic in NOTES}
    pool: Any = postgres
    sink = PostgresSink(pool, tables, DeadLetters(Producer(broker)))
    return BatchLoop("persister", Consumer(broker, group, instance), sink, SETTINGS)


def notifier(broker: Broker, group: Group, instance: str, redis: Redis) -> BatchLoop:
    """The notifier."""
    letters = {topic: DeadLetters(Producer(broker)) for topic in NOTES}
    server: Any = redis
    return BatchLoop(
        "notifier", Consumer(broker, group, instance), RedisSink(server, NOTES, letters), SETTINGS
    )


async def work(loop: BatchLoop, places: Sequence[Place], stop: asyncio.Event) -> None:
    """Runs it."""
    await loop.run(sorted({topic for topic, _ in places}), stop)
