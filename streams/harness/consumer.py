"""Faust's consumer, changed in what costs records or speed (docs/decisions/0003-faust-consumer.md)."""

import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from runtime.pacing import pace

log = logging.getLogger("aicc.harness")

FETCH_MAX_WAIT_MS = 100


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """Tells when the coordinator last answered a heartbeat, and fetches with short waits, a rest apart."""

    heartbeat_at = 0.0
    fetch_rest_ms = 0.0

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_MAX_WAIT_MS  # hard-coded to 1,500 ms
        return consumer

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Commits, as a hint for operators and a quick start: a refused one does no harm, and must not
        crash the thread as it does in Faust."""
        consumer = self._ensure_consumer()
        mine = {TopicPartition(*tp): offset for tp, offset in offsets.items() if tp in self.assignment()}
        try:
            if mine:
                await consumer.commit(mine)
        except KafkaError as error:
            log.warning("a commit was refused", extra={"fields": {"error": repr(error)}})
            return False
        return True

    async def on_start(self) -> None:
        await super().on_start()
        assert self._consumer is not None
        pace(self._consumer, self.fetch_rest_ms)
        coordinator: Any = self._consumer._coordinator
        coordinator._do_heartbeat = self._noting(coordinator._do_heartbeat)

    def _noting(self, heartbeat: Callable[[], Awaitable[bool]]) -> Callable[[], Awaitable[bool]]:
        async def noted() -> bool:
            good = await heartbeat()
            if good:
                self.heartbeat_at = time.monotonic()
            return good

        return noted


class _ReadOffsets(defaultdict[TP, int | None]):
    """What Faust has read. It drops what lies below, which after a seek back is all that was wanted: for
    the source, where every partition has an expectation of its own, nothing counts as read."""

    def __init__(self, source: str) -> None:
        super().__init__(lambda: None)
        self._source = source

    def __getitem__(self, tp: TP) -> int | None:
        return None if tp.topic == self._source else super().__getitem__(tp)


class BatchConsumer(driver.Consumer):
    """One message per fetched batch of a source partition, its value the list of records. It never
    commits by itself: stock Faust would acknowledge what it skips in a rebalance."""

    def __init__(self, transport: "Transport", *arguments: Any, **options: Any) -> None:
        self._fetch_rest_ms = transport.fetch_rest_ms  # first: Faust makes the thread while it is built
        super().__init__(transport, *arguments, **options)
        self.source = transport.source
        self._read_offset = _ReadOffsets(self.source)

    def _new_consumer_thread(self) -> ConsumerThread:
        thread = ConsumerThread(self, loop=self.loop, beacon=self.beacon)
        thread.fetch_rest_ms = self._fetch_rest_ms
        return thread

    async def commit(self, *_: Any, **__: Any) -> bool:
        """Does nothing; only a checkpoint commits."""
        return False

    async def _add_gap(self, *_: Any) -> None:
        """Does nothing: commits don't look at gaps, and the interval tree costs 5 ms a batch."""

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:
        """The fetched records. What a rebalance makes stale is fetched again after its seek."""
        records, _ = await self._wait_next_records(timeout)
        if not records or self.should_stop:
            return
        generation = self.app.consumer_generation_id  # read after the fetch, or batches get lost
        for tp, batch in records.items():
            if not self.flow_active or self.app.consumer_generation_id != generation:
                await self._seek_again()
                return
            if tp.topic == self.source:
                yield tp, _as_one_message(tp, batch, generation)
            else:
                for record in batch:
                    yield tp, self._to_message(tp, record)

    async def _seek_again(self) -> None:
        """A seek that fails in the midst of a rebalance leaves a hole, and the expectation finds it."""
        try:
            await self.perform_seek()
        except KafkaError as error:
            log.warning("a seek was refused", extra={"fields": {"error": repr(error)}})


def _as_one_message(tp: TP, batch: list[Any], generation: int) -> ConsumerMessage:
    last = batch[-1]
    return ConsumerMessage(
        last.topic,
        last.partition,
        last.offset,
        last.timestamp / 1000,
        last.timestamp_type,
        (),
        None,
        batch,
        None,
        0,
        0,
        tp,
        generation_id=generation,
    )


class Transport(driver.Transport):
    """Faust's Kafka transport with our consumer, which reads the topic `source` in batches."""

    Consumer = BatchConsumer

    def __init__(self, url: list[Any], app: Any, source: str, fetch_rest_ms: float) -> None:
        super().__init__(url, app)
        self.source = source
        self.fetch_rest_ms = fetch_rest_ms
