"""A log of partitions with append times, latencies and lost or late acknowledgements; and its producer."""

import asyncio
import random
from collections import defaultdict, deque
from collections.abc import Iterable
from typing import Any, NamedTuple

from aiokafka.errors import KafkaError

from schemas.topics import POSITIONS
from tests.faults.logs import Found
from tests.simulation.clock import EPOCH_S, PROCESS, Process, VirtualLoop

MOST_IN_BATCH = 3
"""So that what is sent together arrives in several pieces."""
SELDOM = 0.06
"""How often a message takes much longer than others."""

TIMEOUT_S = 1.2
"""After which a producer gives up a batch."""

Place = tuple[str, int]


class Logged(Found):
    """A record in the log, as a consumer hands it out."""

    __slots__ = ()
    timestamp_type = 1


class Delivered(NamedTuple):
    """Where a batch begins."""

    offset: int


class Broker:
    """The log. A batch of a partition is on its way only when the one before it is acknowledged."""

    def __init__(self, loop: VirtualLoop, rng: random.Random) -> None:
        self.loop, self.rng = loop, rng
        self.log: dict[Place, list[Logged]] = defaultdict(list)
        self.committed: dict[tuple[str, Place], int] = {}
        self.slow_until = 0.0
        self.jump_ms = 0
        self.failing: set[Process] = set()

    def now_ms(self) -> int:
        """The time that it appends."""
        return int((EPOCH_S + self.loop.time()) * 1000) + self.jump_ms

    def latency(self, process: Process | None = None) -> float:
        """Of one way, seconds; a process that is cut off is heard when it is no longer."""
        way = self.rng.uniform(0.0005, 0.004)
        if self.rng.random() < SELDOM:
            way += self.rng.uniform(0.03, 0.4)
        if self.loop.time() < self.slow_until:
            way += self.rng.uniform(0.05, 0.8)
        if process is not None:
            way += max(0.0, process.cut_until - self.loop.time())
        return way

    async def answer(self) -> None:
        """A request's way there and back."""
        await asyncio.sleep(self.latency(PROCESS.get()))

    def end(self, place: Place) -> int:
        """The offset after the last record."""
        return len(self.log[place])

    def append(self, place: Place, records: Iterable[tuple[Any, Any, Any]]) -> int:
        """(key, value, headers) to the log; the first one's offset."""
        log = self.log[place]
        first, at_ms = len(log), self.now_ms()
        for key, value, headers in records:
            log.append(Logged(*place, len(log), at_ms, key, value, headers))
        return first


def cut_off() -> bool:
    """Whether the network does not reach this process now."""
    process = PROCESS.get()
    return process is not None and process.cut_until > process.loop.time()


class Batch:
    """aiokafka's, as far as it is used."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.records: list[tuple[Any, Any, Any]] = []
        self.future: asyncio.Future[Any] = loop.create_future()
        self.retry_count = 0
        self._builder = self

    def append(self, *, timestamp: int | None, key: Any, value: Any, headers: Any) -> object:
        """None where it is full."""
        if len(self.records) >= MOST_IN_BATCH:
            return None
        self.records.append((key, value, headers))
        return self

    def close(self) -> None:
        """Nothing is added any more."""


class Producer:
    """AIOKafkaProducer, with the accumulator that the harness appends to."""

    def __init__(self, broker: Broker) -> None:
        process = PROCESS.get()
        assert process is not None
        self.broker, self.process, self.client = broker, process, broker
        self._message_accumulator = self
        self._batches: dict[Any, deque[Batch]] = {}
        self._busy: set[Any] = set()
        self._dies_at = float("inf")
        process.deaths.append(self._dies)

    async def start(self) -> None:
        """Connects."""
        await self.broker.answer()

    async def stop(self) -> None:
        """Disconnects."""
        await self.broker.answer()

    async def partitions_for(self, topic: str) -> set[int]:
        """Metadata."""
        await self.broker.answer()
        return set(range(8))

    def create_builder(self) -> Batch:
        """An empty batch."""
        return Batch(self.broker.loop)

    create_batch = create_builder

    def _append_batch(self, batch: Batch, tp: Any) -> Batch:
        self._batches.setdefault(tp, deque()).append(batch)
        self.broker.loop.outside(0.0003, self._drain, tp)
        return batch

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> "asyncio.Future[Any]":
        """The future of its delivery."""
        await self.broker.answer()
        self._append_batch(batch, (topic, partition))
        return batch.future

    async def send_and_wait(self, topic: str, value: Any, key: Any, headers: Any) -> None:
        """One record."""
        batch = self.create_builder()
        batch.append(timestamp=None, key=key, value=value, headers=headers)
        await asyncio.shield(self._append_batch(batch, (topic, 0)).future)

    def _drain(self, tp: Any) -> None:
        waiting = self._batches.get(tp)
        if tp in self._busy or not waiting or self.process.dead or self.process.paused:
            if self.process.paused and not self.process.dead:
                self.broker.loop.outside(0.1, self._drain, tp)
            return
        self._busy.add(tp)
        batch = waiting.popleft()
        self.broker.loop.outside(self.broker.latency(self.process), self._arrive, tp, batch)

    def _arrive(self, tp: Any, batch: Batch) -> None:
        if self.broker.loop.time() > self._dies_at:
            return
        output = not tp[0].endswith("changelog") and tp[0] != POSITIONS.name
        fails = output and self.process in self.broker.failing and not self.process.dead
        if fails:
            self.broker.failing.discard(self.process)
        offset = -1
        if not fails or self.broker.rng.random() < 0.5:
            offset = self.broker.append((tp[0], tp[1]), batch.records)
        back_s = TIMEOUT_S if fails else self.broker.latency(self.process)
        self.broker.loop.outside(back_s, self._told, tp, batch, offset, fails)

    def _told(self, tp: Any, batch: Batch, offset: int, fails: bool) -> None:
        if self.process.dead or batch.future.done():
            return
        if fails:
            batch.future.set_exception(KafkaError("not acknowledged"))
        else:
            batch.future.set_result(Delivered(offset))
        self._busy.discard(tp)
        self.broker.loop.outside(0.0003, self._drain, tp)

    def _dies(self) -> None:
        """What is on its way may still arrive, up to some moment."""
        self._dies_at = self.broker.loop.time() + self.broker.rng.uniform(0.0, 0.006)
