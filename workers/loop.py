"""The one loop of all sinks: poll, store each partition's batches, commit. It knows no business.

A partition is polled again when all that was fetched of it is stored, so memory is bounded by what one fetch
brings of each; the others go on meanwhile, and so does the group's membership.

The sink's own position decides what is read: Kafka's commit is information for others. What is fetched
counts only if it begins exactly where the sink stands; whatever a rebalance, a redelivery or a seek brings
in between is dropped and fetched again, never skipped.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from runtime.about import about
from runtime.metrics import BATCH_RECORDS, BATCH_SECONDS, HOLES, STORED
from runtime.topic_id import topic_id
from schemas.topics import TOPICS
from workers.backoff import persist
from workers.batch import Batch, Place, Position, SetBack, Sink
from workers.errors import Contested, Unassigned
from workers.positions import Log, first_offset
from workers.settings import WorkerSettings
from workers.spans import Store, storing

log = logging.getLogger(__name__)
POLL_MS = 200
COMMIT_S = 0.5
MOST_JOINS = 12
CONTEST_S = 10.0
_COMPACTED = frozenset(t.name for t in TOPICS if "compact" in t.config["cleanup.policy"])


class BatchLoop(ConsumerRebalanceListener):  # type: ignore[misc]
    """Runs until `stop`. Raises WorkerError, and whatever is a bug."""

    store: Store | None = None
    """Where batches go, as their spans say it; without it they have none."""

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
        self._in_hand: dict[Place, asyncio.Task[None]] = {}
        self._audited = self._committed = 0.0
        self._commit: asyncio.Task[None] | None = None
        self._outside_since: float | None = time.monotonic()
        self._joins: deque[float] = deque(maxlen=MOST_JOINS)

    def ready(self) -> bool:
        """Whether the group has given this member its partitions and all of them have a position."""
        return bool(self._joins) and len(self._positions) == len(self._assigned)

    async def run(self, topics: Collection[str], stop: asyncio.Event) -> None:
        """Subscribes, and stores batch after batch; when it returns all that was stored is committed."""
        self._consumer.subscribe(topics=list(topics), listener=self)
        try:
            while not stop.is_set():
                self._refuse_contest()
                self._refuse_to_stay_outside()
                async with self._busy:
                    await self._persist(self._take_positions, "positions")
                await self._take(await self._poll(), stop)
                self._commit_now_and_then()
            await self._finish()
        finally:
            for task in self._in_hand.values():
                task.cancel()
        await self._commit_last()

    async def _poll(self) -> Mapping[TopicPartition, Sequence[ConsumerRecord]]:
        """What there is of the partitions of which nothing is in hand; waits for it, or for a batch's end."""
        free = [TopicPartition(*place) for place in self._positions.keys() - self._in_hand.keys()]
        most = self._settings.batch_records * max(1, len(free))
        if not self._in_hand:
            return await self._fetched(free, POLL_MS, most)
        if free and (found := await self._fetched(free, 0, most)):
            return found
        await asyncio.wait(
            self._in_hand.values(), timeout=POLL_MS / 1000, return_when=asyncio.FIRST_COMPLETED
        )
        return {}

    async def _fetched(
        self, free: Sequence[TopicPartition], timeout_ms: int, most: int
    ) -> Mapping[TopicPartition, Sequence[ConsumerRecord]]:
        found: Mapping[TopicPartition, Sequence[ConsumerRecord]] = await self._consumer.getmany(
            *free, timeout_ms=timeout_ms, max_records=most
        )
        return found

    async def _take(
        self, fetched: Mapping[TopicPartition, Sequence[ConsumerRecord]], stop: asyncio.Event
    ) -> None:
        """Begins to store what was fetched; raises what ended a partition's storing."""
        async with self._busy:
            for tp, records in fetched.items():
                place = Place(*tp)
                if batch := self._next_batch(place, records):
                    self._in_hand[place] = asyncio.create_task(self._store_all(batch, stop))
        for place, task in list(self._in_hand.items()):
            if task.done():
                del self._in_hand[place]
                task.result()

    async def _finish(self) -> None:
        """Waits for what is in hand."""
        await asyncio.gather(*self._in_hand.values())

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Waits for the batches in hand, then forgets everything: another member may own it next."""
        async with self._busy:
            self._assigned = frozenset()
            self._outside_since = time.monotonic()
            if self._in_hand:
                await asyncio.wait(self._in_hand.values())
            self._positions.clear()
            self._holes.clear()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Takes note; the loop asks the sink for the positions, with its own patience."""
        async with self._busy:
            self._assigned = frozenset(Place(*tp) for tp in assigned)
            self._positions.clear()
            self._outside_since = None
            self._joins.append(time.monotonic())

    def _refuse_contest(self) -> None:
        """Two processes with one name in the group throw each other out for ever; better to say so."""
        if len(self._joins) == MOST_JOINS and self._joins[-1] - self._joins[0] < CONTEST_S:
            raise Contested(
                f"joined the group {MOST_JOINS} times in {CONTEST_S:g} s: is another {self._worker} running "
                f"with AICC_INSTANCE={self._settings.instance}? Give each one its own."
            )

    def _refuse_to_stay_outside(self) -> None:
        """A group that can't be joined looks like one without work; a new process may find the way."""
        limit_s = self._settings.rebalance_s
        if self._outside_since is not None and time.monotonic() - self._outside_since > limit_s:
            raise Unassigned(f"the group of {self._worker} could not be joined in {limit_s:g} s")

    async def _take_positions(self) -> None:
        """Seeks every partition that has no position yet, or that the sink has been set back in."""
        now = time.monotonic()
        if now - self._audited >= self._settings.audit_s:
            self._audited = now
            await self._audit()
        missing = self._assigned - self._positions.keys() - self._in_hand.keys()
        if missing:
            await self._begin(missing)

    async def _audit(self) -> None:
        """Whether what the sink and the topics say of our positions still holds; else they are asked anew."""
        # As of before the question: what is in hand moves on meanwhile.
        positions = dict(self._positions)
        stored = await self._sink.positions(self._assigned)
        ids = await self._topic_ids(self._assigned)
        for place, known in positions.items():
            found = stored.get(place)
            if found is None or found.offset < known or found.topic_id != ids[place.topic]:
                told = about(topic=place.topic, partition=place.partition)
                log.warning("no longer stored up to %d, but to %s", known, found, extra=told)
                self._positions.pop(place, None)

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
            log.info("begins at %d", offset, extra=about(topic=place.topic, partition=place.partition))
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

    async def _store_all(self, fetched: Batch, stop: asyncio.Event) -> None:
        """Batch after batch of one partition, as long as it is ours and nobody has moved us meanwhile."""
        for batch in fetched.cut(self._settings.batch_records, self._settings.batch_bytes):
            ours = batch.place in self._assigned and self._positions.get(batch.place) == batch.begin
            if stop.is_set() or not ours:
                return
            await self._store(batch)

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
        told = about(topic=place.topic, partition=place.partition)
        log.warning("a hole in the log: expected %d, got %d", expected, got, extra=told)
        HOLES.labels(self._worker, place.topic).inc()

    async def _store(self, batch: Batch) -> None:
        BATCH_RECORDS.labels(self._worker).observe(len(batch.records))
        spans = storing(self._worker, self.store, batch) if self.store else nullcontext()
        with BATCH_SECONDS.labels(self._worker).time():
            try:
                with spans:
                    await self._persist(lambda: self._sink.store(batch), f"storing {batch.place}")
            except SetBack as error:
                told = about(topic=batch.place.topic, partition=batch.place.partition)
                log.warning("set back: %s", error, extra=told)
                self._positions.pop(batch.place, None)
                return
        if self._positions.get(batch.place) == batch.begin:
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
        offsets = {TopicPartition(*place): offset for place, offset in self._done().items()}
        if offsets:
            with suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(self._consumer.commit(offsets), 2.0)

    def _done(self) -> Mapping[Place, int]:
        """How far each partition is done with."""
        return self._positions

    async def _commit_last(self) -> None:
        if self._commit is not None:
            await self._commit
        await self._tell_kafka()
