"""The shell around a decider: a Faust app with one processor that takes batches, and what watches it."""

import asyncio
import logging
import secrets
import time
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import faust
from faust.types import TP

from runtime.metrics import RESTORE_SECONDS
from runtime.topic_id import topic_id
from schemas.codec import Tick, encode
from schemas.envelope import headers
from schemas.positions import WAITING, Position
from schemas.release import RELEASE
from schemas.topics import POSITIONS
from streams.harness.continuity import Discontinuity, check
from streams.harness.decider import Decider
from streams.harness.ending import Exit, end_process, ending_on_error
from streams.harness.outbox import Outbox
from streams.harness.owned import Owned
from streams.harness.partition import Partition, UnknownRules
from streams.harness.replay import first_rules
from streams.harness.reporting import Reporting
from streams.harness.sent import Sent
from streams.harness.snapshots import Watermark, incarnation
from streams.harness.store import LocalStore

log = logging.getLogger("aicc.harness")

SEEK_EVERY_S = 0.5
MOST_SEEKS = 20
REFUSALS = {UnknownRules: Exit.RULES, Discontinuity: Exit.CONTINUITY}


class Shell:
    """Owns partitions: opens each when its first batch of a generation comes, decides, checkpoints."""

    def __init__(self, app: faust.App, table: Any, decider: Decider[Any, Any], outbox: Outbox) -> None:
        self.app, self.table, self.decider, self.outbox = app, table, decider, outbox
        self.owned: dict[int, Owned] = {}
        self.checkpoint_s = 1.0
        self.instance = ""
        self.reporting: Reporting | None = None
        self.ready = False
        self.revocations = self.openings = 0
        self._moved_at = time.monotonic()
        self._tasks: set[asyncio.Task[None]] = set()
        self._source = decider.source.name
        self._changelog: str = table.changelog_topic.get_topic_name()

    async def process(self, stream: Any) -> None:
        """The processor. It never raises: Faust would go on past the batch."""
        async for event in stream.noack().events():
            with ending_on_error("the processor failed", REFUSALS):
                await self._take(event.message)

    def assigned(self) -> list[int]:
        """The source partitions that are ours now."""
        return sorted(tp.partition for tp in self.app.consumer.assignment() if tp.topic == self._source)

    def is_current(self, owned: Owned) -> bool:
        """Whether the partition is still ours in that generation."""
        return owned.generation == self.app.consumer_generation_id and self.owned.get(owned.number) is owned

    def is_ready(self) -> bool:
        """Whether every partition that is ours is being decided."""
        mine = self.assigned()
        return bool(mine) and all(n in self.owned and self.is_current(self.owned[n]) for n in mine)

    def send_ticks(self) -> None:
        """One tick to each partition of ours, opened or not: the first one opens it."""
        tick = encode(Tick())
        for number in self.assigned():
            made = headers(f"tick:{number}:{time.time_ns()}", "tick")
            self.outbox.put(Sent(self._source, number, b"", tick, made))

    def publish_positions(self) -> None:
        """How far each partition has come, for the lag prober; a worker without one says that it is there,
        so that an upgrade waits for it, too."""
        mine = [owned for owned in self.owned.values() if self.is_current(owned)]
        for owned in mine:
            partition = owned.partition
            self.outbox.put(self._position(owned.number, partition, partition.clock.appended_ms))
        if not mine:
            self.outbox.put(self._position(WAITING, None, 0))

    def publish_reports(self) -> None:
        """What the entities in memory say of themselves, where they do."""
        if self.reporting is None:
            return
        for owned in self.owned.values():
            if self.is_current(owned):
                for sent in self.reporting.of(owned.partition):
                    self.outbox.put(sent)

    async def checkpoint_all(self) -> None:
        """A checkpoint of every partition now."""
        await asyncio.gather(*(owned.checkpoint() for owned in self.owned.values()))

    async def on_revoked(self) -> None:
        """Lets what is on its way to the changelog arrive, so that whoever loads next sees it; then lets
        go of all partitions: the next generation opens those that stay ours anew."""
        self.revocations += 1
        self._moved_at = time.monotonic()
        gone = list(self.owned.values())
        self.owned.clear()  # from here on none is current: no checkpoint begins to write
        with suppress(TimeoutError):
            await asyncio.wait_for(self.outbox.acknowledged(), 3)
        for owned in gone:
            owned.let_go()

    async def _take(self, message: Any) -> None:
        if message.generation_id != self.app.consumer_generation_id:
            return  # fetched again from the committed offset on, and the expectation finds any hole
        owned = self.owned.get(message.partition)
        if owned is None or owned.generation != message.generation_id:
            opened = await self._open(message.partition, message.generation_id)
            if opened is None:
                return  # the partition went away meanwhile
            owned = opened
        if message.value[0].offset > owned.partition.next_offset:
            await self._seek_back(owned, message.value[0].offset)
            return
        owned.seeks = 0
        owned.take(message.value)
        await self.outbox.ebb()

    async def _seek_back(self, owned: Owned, got: int) -> None:
        now = time.monotonic()
        if now - owned.sought_at < SEEK_EVERY_S:
            return
        owned.sought_at, owned.seeks = now, owned.seeks + 1
        expected = owned.partition.next_offset
        log.warning("a hole: seeking back", extra={"fields": {"expected": expected, "got": got}})
        if owned.seeks > MOST_SEEKS:
            await self._explain(owned)
            end_process(
                Exit.CONTINUITY, "a hole in the log", partition=owned.number, expected=expected, got=got
            )
        await self.app.consumer.seek(TP(self._source, owned.number), expected)

    async def _explain(self, owned: Owned) -> None:
        """Raises Discontinuity, which names the cure, where the log was cut or made anew beneath us."""
        consumer: Any = self.app.consumer
        source = TP(self._source, owned.number)
        begin, end = (
            (await consumer.earliest_offsets(source))[source],
            (await consumer.highwaters(source))[source],
        )
        identity = await topic_id(self.outbox.client, self._source)
        mark = owned.partition.capture().watermark
        check(mark, f"{self._source}/{owned.number}", identity, begin, end)

    async def _open(self, number: int, generation: int) -> Owned | None:
        revocations = self.revocations
        source, changelog = TP(self._source, number), TP(self._changelog, number)
        consumer: Any = self.app.consumer
        begins = await consumer.earliest_offsets(source, changelog)
        ends = await consumer.highwaters(source)
        identity = await topic_id(self.outbox.client, self._source)
        if self.revocations != revocations:
            return None
        store = LocalStore(self.table.data, number)
        mark = store.watermark()
        fresh = Watermark(begins[source], first_rules(self.decider), identity)
        check(mark or fresh, f"{self._source}/{number}", identity, begins[source], ends[source])
        written = store.persisted
        owned = Owned(
            generation=generation,
            partition=Partition(number, self.decider, store, mark or fresh, store.timers()),
            store=store,
            outbox=self.outbox,
            changelog=self._changelog,
            changelog_next=begins[changelog] if written is None else written + 1,
            incarnation=incarnation(int(time.time() * 1000), secrets.token_hex(4)),
            is_current=self.is_current,
            commit=self._commit,
        )
        self.owned[number] = owned
        self.openings += 1
        if mark is None and not await owned.write_first(fresh):
            return None
        owned.task = self._keep(owned.keep_checkpointing(self.checkpoint_s))
        clock = owned.partition.clock
        told = {"partition": number, "from": owned.partition.next_offset, "at_ms": clock.at_ms}
        RESTORE_SECONDS.labels(self.decider.app).set(time.monotonic() - self._moved_at)
        log.info("opened", extra={"fields": {**told, "appended_ms": clock.appended_ms}})
        return owned

    def _commit(self, number: int, offset: int) -> None:
        self._keep(self._committed({TP(self._source, number): offset}))

    async def _committed(self, offsets: dict[TP, int]) -> None:
        await self.app.consumer._commit(offsets)

    def _keep(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.ensure_future(_guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _position(self, number: int, partition: Partition[Any, Any] | None, appended_ms: int) -> Sent:
        app = self.decider.app
        position = Position(
            group=app,
            topic=self._source,
            partition=number,
            next_offset=partition.next_offset if partition else 0,
            appended_ms=appended_ms,
            rules=partition.rules_version if partition else 0,
            instance=self.instance,
            release=RELEASE,
            known=tuple(sorted(self.decider.rules)),
        )
        key = f"{app}:{self._source}:{number}".encode()
        return Sent(POSITIONS.name, 0, key, encode(position), headers(key.decode(), "position"))


async def _guarded(work: Coroutine[Any, Any, None]) -> None:
    with ending_on_error("a task failed"):
        await work
