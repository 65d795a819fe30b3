"""The one loop of all sinks: poll, store each partition's batch, commit. It knows no business.

The sink's own position decides what is read: Kafka's commit is information for others. What is fetched
counts only if it begins exactly where the sink stands; whatever a rebalance, a redelivery or a seek brings
in between is dropped and fetched again, never skipped.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from runtime.metrics import BATCH_SECONDS, HOLES, STORED
from runtime.topic_id import topic_id
from schemas.topics import TOPICS
from workers.backoff import persist
from workers.batch import Batch, Place, Position, SetBack, Sink
from workers.errors import Contested
from workers.positions import Log, first_offset
from workers.settings import WorkerSettings

log = logging.getLogger(__name__)
POLL_MS = 200
COMMIT_S = 0.5
MOST_JOINS = 12
CONTEST_S = 10.0
_COMPACTED = frozenset(t.name for t in TOPICS if "compact" in t.config["cleanup.policy"])


class BatchLoop(ConsumerRebalanceListener):  # type: ignore[misc]
    """Runs until `stop`. Raises WorkerError, and whatever is a bug."""

    def __init__(self, worker: str, consumer: AIOKafkaConsumer, sink: Sink, settings: WorkerSettings) -> None:
        self._worker = worker
        self._consumer = consumer
        self._sink = sink
        self._settings = settings
        self._passing = (*sink.passing, KafkaError)
        self._assigned: frozenset[Place] = frozenset()
        self._positions: dict[Place, int] = {}
        self._holes: dict[Place, int] = {}
        self._busy = asyncio.Lock()
        self._audited = self._committed = 0.0
        self._commit: asyncio.Task[None] | None = None
        self._joins: deque[float] = deque(maxlen=MOST_JOINS)

    def ready(self) -> bool:
        """Whether the group has given this member its partitions and all of them have a position."""
        return bool(self._joins) and len(self._positions) == len(self._assigned)

    async def run(self, topics: Collection[str], stop: asyncio.Event) -> None:
        """Subscribes, and stores batch after batch; when it returns all that was stored is committed."""
        self._consumer.subscribe(topics=list(topics), listener=self)
        while not stop.is_set():
            self._refuse_contest()
            async with self._busy:
                await self._persist(self._take_positions, "positions")
            fetched = await self._consumer.getmany(
                timeout_ms=POLL_MS, max_records=self._settings.batch_records
            )
            async with self._busy:
                await self._store_all(fetched)
            self._commit_now_and_then()
        await self._commit_last()

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Waits for the batch in hand, then forgets everything: another member may own it next."""
        async with self._busy:
            self._assigned = frozenset()
            self._positions.clear()
            self._holes.clear()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Takes note; the loop asks the sink for the positions, with its own patience."""
        async with self._busy:
            self._assigned = frozenset(Place(*tp) for tp in assigned)
            self._positions.clear()
            self._joins.append(time.monotonic())

    def _refuse_contest(self) -> None:
        """Two processes with one name in the group throw each other out for ever; better to say so."""
        if len(self._joins) == MOST_JOINS and self._joins[-1] - self._joins[0] < CONTEST_S:
            raise Contested(
                f"joined the group {MOST_JOINS} times in {CONTEST_S:g} s: is another {self._worker} running "
                f"with AICC_INSTANCE={self._settings.instance}? Give each one its own."
            )

    async def _take_positions(self) -> None:
        """Seeks every partition that has no position yet, or that the sink has been set back in."""
        now = time.monotonic()
        if now - self._audited >= self._settings.audit_s:
            self._audited = now
            await self._audit()
        missing = self._assigned - self._positions.keys()
        if missing:
            await self._begin(missing)

    async def _audit(self) -> None:
        """Whether what the sink and the topics say of our positions still holds; else they are asked anew."""
        stored = await self._sink.positions(self._assigned)
        ids = await self._topic_ids(self._assigned)
        for place, known in list(self._positions.items()):
            found = stored.get(place)
            if found is None or found.offset < known or found.topic_id != ids[place.topic]:
                log.warning("%s: no longer stored up to %d, but to %s", place, known, found)
                del self._positions[place]

    async def _topic_ids(self, places: Iterable[Place]) -> Mapping[str, str]:
        topics = {place.topic for place in places}
        return {topic: await topic_id(self._consumer._client, topic) for topic in sorted(topics)}

    async def _begin(self, places: Collection[Place]) -> None:
        stored = await self._sink.positions(places)
        logs = await self._logs(places)
        for place in sorted(places):
            known = stored.get(place)
            offset = first_offset(place, known, logs[place], disposable=self._sink.history_s is not None)
            begin = Position(offset, logs[place].topic_id)
            if begin != known:
                await self._sink.start_at(place, begin)
            log.info("%s: begins at %d", place, offset)
            self._seek(place, offset)

    async def _logs(self, places: Collection[Place]) -> Mapping[Place, Log]:
        tps = [TopicPartition(*place) for place in places]
        begins = await self._consumer.beginning_offsets(tps)
        ends = await self._consumer.end_offsets(tps)
        history = begins
        if self._sink.history_s is not None:
            since_ms = int((time.time() - self._sink.history_s) * 1000)
            found = await self._consumer.offsets_for_times(dict.fromkeys(tps, since_ms))
            history = {tp: at.offset if (at := found.get(tp)) else ends[tp] for tp in tps}
        ids = await self._topic_ids(places)
        return {Place(*tp): Log(begins[tp], ends[tp], history[tp], ids[tp.topic]) for tp in tps}

    def _seek(self, place: Place, offset: int) -> None:
        self._consumer.seek(TopicPartition(*place), offset)
        self._positions[place] = offset

    async def _store_all(self, fetched: Mapping[TopicPartition, Sequence[ConsumerRecord]]) -> None:
        found = [self._next_batch(Place(*tp), records) for tp, records in fetched.items()]
        if batches := [batch for batch in found if batch]:
            await asyncio.gather(*map(self._store, batches))

    def _next_batch(self, place: Place, records: Sequence[ConsumerRecord]) -> Batch | None:
        """What continues the partition; None, and a seek back, where the records do not."""
        begin = self._positions.get(place)
        if begin is None:
            return None
        new = [record for record in records if record.offset >= begin]
        if not new:
            return None
        if new[0].offset > begin and self._holes.get(place) != new[0].offset:
            # Either records were missed or the log has a hole (compaction, retention): a second look tells.
            self._holes[place] = new[0].offset
            self._seek(place, begin)
            return None
        if new[0].offset > begin:
            self._read_over(place, begin, new[0].offset)
        return Batch(place, begin, new)

    def _read_over(self, place: Place, expected: int, got: int) -> None:
        """Compaction leaves holes; anywhere else one is a loss."""
        if place.topic.removeprefix(self._settings.topic_prefix) in _COMPACTED:
            return
        log.warning("%s:%d: a hole in the log: expected %d, got %d", *place, expected, got)
        HOLES.labels(self._worker, place.topic).inc()

    async def _store(self, batch: Batch) -> None:
        with BATCH_SECONDS.labels(self._worker).time():
            try:
                await self._persist(lambda: self._sink.store(batch), f"storing {batch.place}")
            except SetBack as error:
                log.warning("%s: %s", batch.place, error)
                del self._positions[batch.place]
                return
        self._positions[batch.place] = batch.end
        STORED.labels(self._worker, batch.place.topic).inc(len(batch.records))

    async def _persist(self, attempt: Callable[[], Awaitable[None]], what: str) -> None:
        await persist(attempt, self._passing, self._settings.patience_s, what)

    def _commit_now_and_then(self) -> None:
        """For lag displays only, so it never holds up the loop."""
        now = time.monotonic()
        if now - self._committed >= COMMIT_S and (self._commit is None or self._commit.done()):
            self._committed = now
            self._commit = asyncio.create_task(self._tell_kafka())

    async def _tell_kafka(self) -> None:
        offsets = {TopicPartition(*place): offset for place, offset in self._positions.items()}
        if offsets:
            with suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(self._consumer.commit(offsets), 2.0)

    async def _commit_last(self) -> None:
        if self._commit is not None:
            await self._commit
        await self._tell_kafka()
