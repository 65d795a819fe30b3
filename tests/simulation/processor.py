"""A stream processor: the real shell, with a made-up Faust around it."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from faust.types import TP

from streams.harness import run as run_module
from streams.harness.consumer import BatchConsumer, ConsumerThread
from streams.harness.decider import Decider
from streams.harness.outbox import Outbox
from streams.harness.run import POSITION_S, TICK_S, StreamSettings
from streams.harness.shell import Shell
from streams.harness.watchdog import Pauses
from tests.simulation.broker import Broker, Place, cut_off
from tests.simulation.clock import ProcessEnded
from tests.simulation.database import Disks
from tests.simulation.group import Group

SETTINGS = StreamSettings(checkpoint_s=0.5)
HEARTBEAT_S = SETTINGS.session_timeout_s / 4
WATCH_S = 0.2
MOST_FETCHED = 60
"""Smaller than in earnest, so that a partition has several batches on their way."""


class Consumer:
    """BatchConsumer's own methods over a made-up fetcher."""

    getmany = BatchConsumer.getmany
    _seek_again = BatchConsumer._seek_again

    def __init__(self, app: "App", broker: Broker, group: Group, source: str) -> None:
        self.app, self.broker, self.group, self.source = app, broker, group, source
        self.flow_active = self.should_stop = False
        self._thread = SimpleNamespace(heartbeat_at=0.0)
        self.read: dict[TP, int] = {}
        self.rng = random.Random(broker.rng.random())

    def assignment(self) -> set[TP]:
        """The source's partitions that are ours."""
        return set(self.read)

    async def earliest_offsets(self, *tps: TP) -> Mapping[TP, int]:
        """Nothing was ever deleted."""
        await self.broker.answer()
        return dict.fromkeys(tps, 0)

    async def highwaters(self, *tps: TP) -> Mapping[TP, int]:
        """The log's ends."""
        await self.broker.answer()
        return {tp: self.broker.end((tp.topic, tp.partition)) for tp in tps}

    async def seek(self, tp: TP, offset: int) -> None:
        """The next fetch begins there."""
        await asyncio.sleep(0)
        if tp in self.read:
            self.read[tp] = offset

    async def perform_seek(self) -> None:
        """To what is committed, as Faust does in a rebalance."""
        await self.broker.answer()
        for tp in self.read:
            self.read[tp] = self.broker.committed.get((self.group.name, (tp.topic, tp.partition)), 0)

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        return await ConsumerThread._commit(self, offsets)  # type: ignore[arg-type]

    def _ensure_consumer(self) -> "Consumer":
        return self

    async def commit(self, offsets: Mapping[Any, int]) -> None:
        """A hint to the broker."""
        await self.broker.answer()
        for tp, offset in offsets.items():
            self.broker.committed[self.group.name, (tp.topic, tp.partition)] = offset

    async def _wait_next_records(self, _: float) -> tuple[Mapping[TP, list[Any]], set[TP]]:
        await asyncio.sleep(self.rng.uniform(0.01, 0.15))
        if not self.flow_active or cut_off():
            return {}, set()
        found: dict[TP, list[Any]] = {}
        for tp, at in self.read.items():
            if records := self.broker.log[tp.topic, tp.partition][at : at + MOST_FETCHED]:
                found[tp] = list(records)
                self.read[tp] = records[-1].offset + 1
        return found, set(found)


class App:
    """What the shell asks of a Faust app."""

    def __init__(self, broker: Broker, group: Group, source: str) -> None:
        self.crashed = self.should_stop = False
        self.crash_reason = None
        self.consumer_generation_id = -1
        self.consumer: Any = Consumer(self, broker, group, source)
        self.tables = SimpleNamespace(recovery=SimpleNamespace(active_offsets={}))


class Events:
    """A stream: what was fetched and not yet taken."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.queue: asyncio.Queue[Any] = asyncio.Queue(64)

    def noack(self) -> "Events":
        """Faust's way to say that nothing is acknowledged."""
        return self

    async def events(self) -> AsyncIterator[Any]:
        """One after the other."""
        while True:
            message = await self.queue.get()
            if self.rng.random() < 0.04:
                await asyncio.sleep(self.rng.uniform(0.1, 0.8))  # a machine with other things to do
            yield SimpleNamespace(message=message)


class Processor:
    """One process of a decider's."""

    def __init__(
        self, decider: Decider[Any, Any], broker: Broker, group: Group, name: str, disks: Disks
    ) -> None:
        self.app = App(broker, group, decider.source.name)
        self.broker, self.group, self.instance, self.disks = broker, group, name, disks
        self.changelog = f"{decider.app}-changelog"
        table: Any = SimpleNamespace(
            data=disks, changelog_topic=SimpleNamespace(get_topic_name=lambda: self.changelog)
        )
        self.outbox = Outbox("", name)
        self.shell = Shell(self.app, table, decider, self.outbox)
        self.shell.checkpoint_s = SETTINGS.checkpoint_s
        self.events = Events(self.app.consumer.rng)

    async def main(self, topics: Iterable[str]) -> None:
        """What run._run does, without a web server and signals."""
        await self.outbox.start(topics)
        work: list[Awaitable[None]] = [
            self._belong(),
            self._fetch(),
            self.shell.process(self.events),
            run_module._every(TICK_S, self.shell.send_ticks),
            run_module._every(POSITION_S, self.shell.publish_positions),
            run_module._watch(self.shell, SETTINGS),
            self._watch_pauses(),
        ]
        await asyncio.gather(*work)

    async def stop(self) -> None:
        """What run._stop does."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.shell.checkpoint_all(), run_module.STOP_S)

    async def _watch_pauses(self) -> None:
        """A thread in earnest."""
        pauses = Pauses(SETTINGS.session_timeout_s / 2)
        while True:
            await asyncio.sleep(WATCH_S)
            pauses.check()

    async def _belong(self) -> None:
        await self._rejoin()
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            if await self.group.heartbeat(self.instance, self.app.consumer_generation_id):
                self.app.consumer._thread.heartbeat_at = self.broker.loop.time()
            else:
                await self._rejoin()

    async def _rejoin(self) -> None:
        consumer = self.app.consumer
        consumer.flow_active = False
        if consumer.read:
            await self.shell.on_revoked()
        consumer.read = {}
        joined = await self.group.join(self.instance)
        self.app.consumer_generation_id = joined.generation
        consumer._thread.heartbeat_at = self.broker.loop.time()
        for _, number in joined.places:
            await self._restore(number)
        begins: dict[TP, int] = {}
        for place in joined.places:
            begins[TP(*place)] = self.broker.committed.get((self.group.name, place), 0)
        consumer.read = begins
        consumer.flow_active = True

    async def _restore(self, number: int) -> None:
        place: Place = (self.changelog, number)
        await self.broker.answer()
        for at in self.disks.restore(number, self.broker.log[place]):
            self.app.tables.recovery.active_offsets[number] = at
            await asyncio.sleep(0.001)

    async def _fetch(self) -> None:
        while True:
            async for _, message in self.app.consumer.getmany(1.0):
                await self.events.queue.put(message)
                await asyncio.sleep(0.002)


class Ending:
    """In end_process's place."""

    def __init__(self, current: Any) -> None:
        self._current = current

    def __call__(self, code: Any, why: str, **fields: object) -> None:
        process = self._current()
        if process is not None:
            process.end(f"{code.name}: {why} {fields}")
        raise ProcessEnded(why)
