"""Bugs to plant: each breaks one thing that the platform's order or its checks are for."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from streams.harness.clock import Clock
from streams.harness.decider import Moment
from streams.harness.entity import Entity
from streams.harness.outbox import Outbox
from streams.harness.owned import Owned
from streams.harness.partition import Partition
from streams.harness.shell import Shell
from streams.harness.snapshots import WATERMARK, Watermark, entity_of
from streams.harness.watchdog import Pauses
from tests.simulation.clock import PROCESS, VirtualTime
from workers.batch import Batch
from workers.loop import BatchLoop
from workers.persister.sink import PostgresSink, build, write
from workers.postgres import acquired

Planted = tuple[Any, str, Any]


async def _not_waited(_: Outbox) -> None:
    """In place of the wait until all outputs are in the log."""


def commit_before_acknowledgement() -> list[Planted]:
    """A checkpoint does not wait for the outputs that it covers."""
    return [(Outbox, "acknowledged", _not_waited)]


def watermark_before_snapshots() -> list[Planted]:
    """The watermark goes first into the changelog, not last."""
    right = Owned._write

    async def written(self: Owned, pairs: Sequence[tuple[bytes, bytes | None]]) -> bool:
        return await right(self, sorted(pairs, key=lambda pair: entity_of(pair[0]) != WATERMARK))

    return [(Owned, "_write", written)]


def old_generation_taken() -> list[Planted]:
    """A batch of an old generation is decided in the present one."""
    right = Shell._take

    async def taken(self: Shell, message: Any) -> None:
        message.generation_id = self.app.consumer_generation_id
        await right(self, message)

    return [(Shell, "_take", taken)]


def paused_owner_goes_on() -> list[Planted]:
    """A process that was paused for too long does not end."""
    return [(Pauses, "check", lambda _: None)]


def offset_outside_transaction() -> list[Planted]:
    """The persister commits its rows, then its position."""

    async def store(self: PostgresSink, batch: Batch) -> None:
        table, tags = self._tables[batch.place.topic], set[str]()
        async with acquired(self._pool) as db, db.transaction():
            stored = await db.fetchval(self._claim, self._name, *batch.place)
            built, _ = build(table, [one for one in batch.records if one.offset >= stored])
            await write(db, table, built, tags)
        async with acquired(self._pool) as db, db.transaction():
            await db.execute(self._advance, self._name, *batch.place, batch.end)

    return [(PostgresSink, "store", store)]


def cause_not_checked() -> list[Planted]:
    """An output that comes twice is applied twice."""
    return [(Entity, "has_applied", lambda *_: False)]


def tick_by_own_clock() -> list[Planted]:
    """Time is the deciding machine's, not the log's."""

    def advance(self: Clock, appended_ms: int) -> Moment:
        process = PROCESS.get()
        assert process is not None
        self.at_ms = max(self.at_ms, int(VirtualTime(process.loop).time() * 1000))
        self.appended_ms = appended_ms
        return Moment(self.at_ms, appended_ms)

    return [(Clock, "advance", advance)]


def failed_delivery_passed_over() -> list[Planted]:
    """What is sent after a failed delivery leaves without it."""

    def delivered(self: Outbox, future: Any) -> None:
        future.exception()
        self.bytes -= self._unacknowledged.pop(future)

    return [(Outbox, "_delivered", delivered)]


def hole_not_sought() -> list[Planted]:
    """Records are missing before a batch, and it is decided all the same."""
    right = Shell._take

    async def taken(self: Shell, message: Any) -> None:
        owned = self.owned.get(message.partition)
        if owned is not None and owned.generation == message.generation_id:
            owned.partition.next_offset = max(owned.partition.next_offset, message.value[0].offset)
        await right(self, message)

    return [(Shell, "_take", taken)]


def snapshot_offset_forgotten() -> list[Planted]:
    """What a snapshot ahead of the watermark has behind it is applied again."""
    right = Entity.__init__

    def made(self: Entity[Any], name: str, state: Any, life: Any, snapshot: Any) -> None:
        right(self, name, state, life, snapshot)
        self.next_offset = 0

    return [(Entity, "__init__", made)]


def clock_not_in_watermark() -> list[Planted]:
    """A new owner begins with a clock of its own."""
    right = Partition.__init__

    def made(
        self: Any, number: int, decider: Any, rest: Any, mark: Watermark, due: Iterable[Any] = ()
    ) -> None:
        right(self, number, decider, rest, Watermark(mark.next_offset, mark.rules, mark.topic_id), due)

    return [(Partition, "__init__", made)]


def store_marked_before_written() -> list[Planted]:
    """The local store says that it is written before it is."""

    async def written(self: Owned, pairs: Sequence[tuple[bytes, bytes | None]]) -> bool:
        if not self.is_current(self):
            return False
        self.store.persisted = await self._to_changelog(pairs)
        await _later()
        for at in range(0, len(pairs), 3):
            if not self.is_current(self):
                return False
            self.store.write(pairs[at : at + 3])
            await _later()
        return True

    return [(Owned, "_write", written)]


async def _later() -> None:
    await asyncio.sleep(0)


def worker_hole_read_over() -> list[Planted]:
    """A worker takes whatever was fetched, and thinks that it continues its partition."""
    right = BatchLoop._next_batch

    def next_batch(self: BatchLoop, place: Any, records: Sequence[Any]) -> Any:
        if place in self._positions and records:
            self._positions[place] = records[0].offset
        return right(self, place, records)

    return [(BatchLoop, "_next_batch", next_batch)]


def timers_not_restored() -> list[Planted]:
    """A new owner does not know whom a tick must visit."""
    right = Partition.__init__

    def made(
        self: Any, number: int, decider: Any, rest: Any, mark: Watermark, due: Iterable[Any] = ()
    ) -> None:
        right(self, number, decider, rest, mark)

    return [(Partition, "__init__", made)]


BUGS: dict[str, Callable[[], list[Planted]]] = {
    bug.__name__.replace("_", "-"): bug
    for bug in (
        commit_before_acknowledgement,
        watermark_before_snapshots,
        old_generation_taken,
        paused_owner_goes_on,
        offset_outside_transaction,
        cause_not_checked,
        tick_by_own_clock,
        failed_delivery_passed_over,
        hole_not_sought,
        snapshot_offset_forgotten,
        clock_not_in_watermark,
        store_marked_before_written,
        worker_hole_read_over,
        timers_not_restored,
    )
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The bug, for as long as this lasts; none where the name is empty."""
    begun = [patch.object(*one) for one in BUGS[name]()] if name else []
    for one in begun:
        one.start()
    try:
        yield
    finally:
        for one in reversed(begun):
            one.stop()
