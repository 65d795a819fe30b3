"""A spike, the prober's own measurement of its lag, and the command that scales by it: all real."""

import asyncio
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from redis.asyncio import Redis

from runtime.kafka import producer_options
from schemas.codec import encode
from schemas.lag import KEY, TTL_S, Lag
from schemas.topics import POSITIONS, Topic
from tests.faults import logs
from tests.waiting import until
from workers.prober.broker import Broker
from workers.prober.probe import Stage, measure
from workers.prober.reports import Reports


class Took(NamedTuple):
    """Seconds from the spike's first record on."""

    decided_s: float
    added_s: float
    caught_up_s: float
    back_s: float

    def __str__(self) -> str:
        return (
            f"decided after {self.decided_s:.1f} s, capacity added after {self.added_s:.1f} s, "
            f"no lag after {self.caught_up_s:.1f} s, one worker again after {self.back_s:.1f} s"
        )


class Autoscaler:
    """The command as a user starts it."""

    def __init__(self, directory: Path, environ: Mapping[str, str], options: Sequence[str]) -> None:
        self.directory = directory
        self._log = directory / "autoscale.log"
        self._environ, self._options = dict(environ), list(options)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns at once."""
        command = [sys.executable, "-u", "-m", "infra.scaling", "autoscale", *self._options]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(command, env=self._environ, stdout=log, stderr=log)

    def stop(self) -> int:
        """Its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def said(self) -> str:
        """All of its lines."""
        return self._log.read_text()

    def changes(self) -> list[tuple[int, int]]:
        """From how many workers to how many."""
        return [(int(a), int(b)) for a, b in re.findall(r"(\d+) -> (\d+) workers", self.said())]

    def worker_said(self, number: int, text: str) -> bool:
        """Whether a worker's log has it."""
        return self.count(number, text) > 0

    def count(self, number: int, text: str) -> int:
        """How often a worker's log has it."""
        log = self.directory / f"w-{number}.log"
        return log.read_text(errors="replace").count(text) if log.exists() else 0


@asynccontextmanager
async def probing(bootstrap: str, redis_url: str, stage: Stage) -> AsyncIterator[list[Lag]]:
    """Measures as aicc-prober does, for one group alone; yields what was measured."""
    admin, found = AIOKafkaAdminClient(bootstrap_servers=bootstrap), list[Lag]()
    consumers = [
        AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest")
        for _ in range(2)
    ]
    producer = AIOKafkaProducer(**producer_options(bootstrap, "test"))
    await logs.create(bootstrap, [Topic(POSITIONS.name, 1)])
    for part in (admin, *consumers, producer):
        await part.start()
    broker = Broker(consumers[0], admin, producer, POSITIONS.name)
    reports = Reports(consumers[1], POSITIONS.name)
    await reports.begin()

    async def follow(redis: Redis) -> None:
        while True:
            found.append(await measure(broker, reports, [stage]))
            await redis.set(KEY, encode(found[-1]), ex=TTL_S)
            await asyncio.sleep(0.5)

    async with Redis.from_url(redis_url) as redis:
        task = asyncio.create_task(follow(redis))
        try:
            yield found
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            for part in (producer, *consumers):
                await part.stop()
            await admin.close()


async def burst(bootstrap: str, topic: str, partitions: int, values: Sequence[bytes], keys: int) -> None:
    """All of them as fast as the broker takes them, evenly over the partitions."""
    producer = await logs.producer(bootstrap)
    try:
        for partition in range(partitions):
            mine, at = values[partition::partitions], 0
            while at < len(mine):
                batch = producer.create_batch()
                while at < len(mine):
                    key = b"e%d" % (at % keys * partitions + partition)
                    if batch.append(key=key, value=mine[at], timestamp=None) is None:
                        break
                    at += 1
                await producer.send_batch(batch, topic, partition=partition)
        await producer.flush()
    finally:
        await producer.stop()


async def watch(scaler: Autoscaler, found: list[Lag], began: float, opened: str, within_s: float) -> Took:
    """Waits for each step of what follows a spike that `began` (monotonic)."""

    def later() -> float:
        return time.monotonic() - began

    await until(lambda: bool(scaler.changes()), within_s, "nobody was added")
    decided_s = later()
    await until(lambda: scaler.worker_said(2, opened), within_s, "the second worker did not begin")
    added_s = later()
    await until(lambda: all(not one.records for one in found[-1].partitions), within_s, "the lag stays")
    caught_up_s = later()
    await until(lambda: scaler.changes()[-1][1] == 1, within_s, "nobody was taken away")
    return Took(decided_s, added_s, caught_up_s, later())
