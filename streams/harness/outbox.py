"""The harness's own producer: idempotent, one future a batch, and no way past a failed delivery.

aiokafka's `send` makes a future per record, its `send_batch` waits for the batch before; this appends to
the partition's open batch directly. tests/contract keeps watch over what it touches inside aiokafka.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition

from runtime.kafka import producer_options
from streams.harness.ending import Exit, end_process
from streams.harness.sent import Sent

MOST_BYTES = 32 << 20
"""More than this unacknowledged, and deciding waits."""


class Outbox:
    """Sends records in the order given, per partition. Any failed delivery ends the process."""

    def __init__(self, bootstrap: str, client_id: str) -> None:
        self._producer = AIOKafkaProducer(**producer_options(bootstrap, client_id))
        self._accumulator: Any = self._producer._message_accumulator
        self._unacknowledged: dict[asyncio.Future[Any], int] = {}
        self.bytes = 0

    @property
    def client(self) -> Any:
        """aiokafka's client, for requests of other kinds."""
        return self._producer.client

    async def start(self, topics: Iterable[str]) -> None:
        """Connects, and learns of every topic that will be written to: later, nothing waits for that."""
        await self._producer.start()
        for topic in topics:
            await self._producer.partitions_for(topic)

    async def stop(self) -> None:
        """Flushes and disconnects."""
        await self._producer.stop()

    def put(self, record: Sent) -> "asyncio.Future[Any]":
        """Adds the record to its partition's batch. The future is the batch's: its result has the
        offset of the batch's first record."""
        tp = TopicPartition(record.topic, record.partition)
        waiting = self._accumulator._batches.get(tp)
        batch = waiting[-1] if waiting else None  # one that is being sent must not grow
        if batch is None or batch.retry_count or not self._append(batch, record):
            batch = self._accumulator._append_batch(self._accumulator.create_builder(), tp)
            self._append(batch, record)
            batch.future.add_done_callback(self._delivered)
            self._unacknowledged[batch.future] = 0
        size = len(record.value or b"")
        self._unacknowledged[batch.future] += size
        self.bytes += size
        future: asyncio.Future[Any] = batch.future
        return future

    async def acknowledged(self) -> None:
        """Waits until everything put so far is in the log."""
        if self._unacknowledged:
            await asyncio.wait(list(self._unacknowledged))

    async def ebb(self) -> None:
        """Waits while too much is on its way."""
        while self.bytes > MOST_BYTES:
            await asyncio.wait(list(self._unacknowledged), return_when=asyncio.FIRST_COMPLETED)

    @staticmethod
    def _append(batch: Any, record: Sent) -> bool:
        added = batch._builder.append(
            timestamp=None, key=record.key, value=record.value, headers=record.headers
        )
        return added is not None

    def _delivered(self, future: "asyncio.Future[Any]") -> None:
        if future.cancelled() or future.exception() is not None:
            end_process(Exit.DELIVERY, "a delivery failed", error=repr(future))
        self.bytes -= self._unacknowledged.pop(future)
