"""A partition that this process owns, in one generation of the group: loaded, decided, checkpointed."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from runtime import tracing
from runtime.about import about_record
from runtime.metrics import (
    CHECKPOINT_AGE_SECONDS,
    CHECKPOINT_BYTES,
    CHECKPOINT_SECONDS,
    DEAD_LETTERS,
    DECIDED,
    ENTITIES,
    OUTPUTS,
    TIMERS,
)
from schemas.envelope import header
from streams.harness.ending import Exit, end_process
from streams.harness.outbox import Outbox
from streams.harness.partition import Capture, Partition
from streams.harness.sent import Sent
from streams.harness.snapshots import WATERMARK, Pair, Snapshot, Watermark, chunks, garbage
from streams.harness.spans import DecidedSpans
from streams.harness.store import LocalStore

log = logging.getLogger("aicc.harness")

CHECKPOINT_TIMEOUT_S = 30.0
LARGE_BYTES_S, SELDOM_S = 500_000, 5.0
"""A large entity that changes all the time is stored at this rate at the most, but at least that often: to
encode and send it whole holds up the decisions meanwhile."""

MOST_HOT = 20_000
"""Entities kept in memory per partition, beyond those that changed since the last checkpoint."""

WRITE_SLICE = 200
SWEEP_ROUND = 1_200
"""Within that many checkpoints, about one a second, everything at rest is looked at for what may go."""

SWEEP_SLICE = 500
"""So many pairs are looked at before the loop goes on; and at the least in each checkpoint."""


@dataclass(slots=True)
class Owned:
    """One partition of the source and of the changelog, the outputs on their way, and the checkpoints.

    `changelog_next` is the offset that our next changelog record must get: another one means that
    somebody else writes, too.
    """

    generation: int
    partition: Partition[Any, Any]
    store: LocalStore
    outbox: Outbox
    changelog: str
    changelog_next: int
    incarnation: str
    is_current: Callable[["Owned"], bool]
    commit: Callable[[int, int], Any]
    durable: Watermark | None = None
    task: "asyncio.Task[None] | None" = None
    saved_at: float = field(default_factory=time.monotonic)
    sought_at: float = 0.0
    seeks: int = 0
    _largest: int = 0
    _slots: dict[str, int] = field(default_factory=dict)
    _swept: bytes = b""
    _slices: int = 1
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def number(self) -> int:
        """The partition's number."""
        return self.partition.number

    def take(self, records: list[Any]) -> None:
        """Decides the records and sends what they give."""
        before, app = self.partition.next_offset, self.partition.decider.app
        if tracing.is_on():
            sent = self._take_traced(records)
        else:
            sent = self.partition.decide(records)
            for record in sent:
                self.outbox.put(record)
        DECIDED.labels(app, self.number).inc(self.partition.next_offset - before)
        for topic, count in Counter(map(attrgetter("topic"), sent)).items():
            OUTPUTS.labels(app, topic).inc(count)
            if topic == self.partition.decider.source.dlq:
                DEAD_LETTERS.labels(topic, "processor").inc(count)
                _tell_refused([one for one in sent if one.topic == topic], records)

    def _take_traced(self, records: list[Any]) -> list[Sent]:
        source = self.partition.decider.source
        spans = DecidedSpans(self.partition.decider.app, source, self.number, self.partition.next_offset)
        sent = spans.traced(self.partition.decide(spans.noting(records)))
        for record in sent:
            spans.follow(record, self.outbox.put(record))
        return sent

    def let_go(self) -> None:
        """The partition is another's now: nothing of it is kept open, or Faust could not close its store."""
        if self.task is not None:
            self.task.cancel()
        for gauge in (ENTITIES, TIMERS, CHECKPOINT_AGE_SECONDS):
            gauge.labels(self.partition.decider.app, self.number).set(0)

    async def keep_checkpointing(self, every_s: float) -> None:
        """Checkpoints until another generation owns the partition."""
        while self.is_current(self):
            await asyncio.sleep(self.pause_s(every_s))
            await self.checkpoint()

    def show_age(self) -> None:
        """How long what is decided has waited for a checkpoint."""
        age_s = 0.0 if self._saved() else time.monotonic() - self.saved_at
        CHECKPOINT_AGE_SECONDS.labels(self.partition.decider.app, self.number).set(age_s)

    def _saved(self) -> bool:
        return self.partition.next_offset == (self.durable.next_offset if self.durable else -1)

    def pause_s(self, every_s: float) -> float:
        """From the last checkpoint to the next one."""
        return max(every_s, min(SELDOM_S, self._largest / LARGE_BYTES_S))

    async def checkpoint(self) -> None:
        """One checkpoint, if anything was decided since the last one."""
        async with self._lock:
            if not self.is_current(self):
                return
            if self._saved():
                self.saved_at = time.monotonic()
                return
            began = time.monotonic()
            try:
                async with asyncio.timeout(CHECKPOINT_TIMEOUT_S):
                    await self._checkpoint()
            except TimeoutError:
                end_process(Exit.CHECKPOINT, "a checkpoint did not end", partition=self.number)
            self.saved_at = time.monotonic()
            CHECKPOINT_SECONDS.labels(self.partition.decider.app).observe(self.saved_at - began)

    async def write_first(self, mark: Watermark) -> bool:
        """The first watermark of a fresh partition, durable before anything is decided; False when the
        partition went away meanwhile."""
        return await self._write(chunks(WATERMARK, self.incarnation, 0, mark))

    async def _checkpoint(self) -> None:
        capture = self.partition.capture()
        self._largest = max((len(snapshot.state) for snapshot in capture.snapshots), default=0)
        pairs = self._pairs(capture)
        written = {key for key, _ in pairs}
        removed = [(key, None) for key in await self._sweep() if key not in written]
        mark = chunks(WATERMARK, self.incarnation, 0, capture.watermark)
        await self.outbox.acknowledged()
        if not await self._write([*pairs, *removed, *mark]):
            return
        app = self.partition.decider.app
        self.partition.stored(MOST_HOT)
        self.durable = capture.watermark
        self.commit(self.number, self.durable.next_offset)
        CHECKPOINT_BYTES.labels(app).inc(sum(len(value or b"") for _, value in pairs))
        ENTITIES.labels(app, self.number).set(len(self.partition.hot))
        TIMERS.labels(app, self.number).set(self.partition.timers)

    def _pairs(self, capture: Capture) -> list[Pair]:
        return [pair for snapshot in capture.snapshots for pair in self._chunks(snapshot)]

    def _chunks(self, snapshot: Snapshot) -> list[Pair]:
        """One chunk replaces the last copy where it lies, at once; several go beside it, so that it stays
        whole until they all are there."""
        last = self._slots.get(snapshot.entity, 0)
        made = chunks(snapshot.entity, self.incarnation, last, snapshot, cut_slot=1 - last)
        if len(made) > 1:
            self._slots[snapshot.entity] = 1 - last
        return made

    async def _sweep(self) -> list[bytes]:
        """What may be deleted among the next entities at rest: a share of all that there were when the
        round began."""
        removed: list[bytes] = []
        if not self._swept:
            self._slices = 1 + self.store.size() // (SWEEP_SLICE * SWEEP_ROUND)
        for _ in range(self._slices):
            removed += self._swept_keys()
            await asyncio.sleep(0)
        return removed

    def _swept_keys(self) -> list[bytes]:
        if self.durable is None:
            return []
        found = self.store.pairs_after(self._swept, SWEEP_SLICE)
        self._swept = found[-1][1][-1][0] + b"\x00" if len(found) > 1 else b""
        return [key for entity, pairs in found for key in garbage(entity, pairs, self.durable)]

    async def _write(self, pairs: Sequence[tuple[bytes, bytes | None]]) -> bool:
        """To the changelog, then to the local store; False when the partition is no longer ours."""
        if not self.is_current(self):
            return False
        last = await self._to_changelog(pairs)
        for at in range(0, len(pairs), WRITE_SLICE):
            if not self.is_current(self):
                return False
            self.store.write(pairs[at : at + WRITE_SLICE])
            await asyncio.sleep(0)
        if not self.is_current(self):
            return False
        self.store.persisted = last
        return True

    async def _to_changelog(self, pairs: Sequence[tuple[bytes, bytes | None]]) -> int:
        """The offset of the last record. Ends the process if another writer's records stand between."""
        counts: dict[asyncio.Future[Any], int] = {}
        for key, value in pairs:
            future = self.outbox.put(Sent(self.changelog, self.number, key, value, []))
            counts[future] = counts.get(future, 0) + 1
        for future, count in counts.items():
            delivered = await asyncio.shield(future)  # a cancelled wait must not cancel the delivery
            if delivered.offset != self.changelog_next:
                end_process(
                    Exit.OTHER_WRITER,
                    "another writer on the changelog",
                    partition=self.number,
                    expected=self.changelog_next,
                    got=delivered.offset,
                )
            self.changelog_next += count
        return self.changelog_next - 1


def _tell_refused(letters: list[Sent], records: list[Any]) -> None:
    """The error's text stays in the letter: it may repeat what a customer wrote."""
    came_with = {one.offset: one.headers for one in records}
    for one in letters:
        topic, partition, offset = header(one.headers, "id").split(":")[:3]
        error = header(one.headers, "error").partition(":")[0]
        told = about_record(
            topic, int(partition), int(offset), one.key, one.value, came_with[int(offset)], error=error
        )
        log.warning("a record is set aside: %s", header(one.headers, "reason"), extra=told)
