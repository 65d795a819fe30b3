"""The harness under fire: the smallest business on the real broker, its workers, and a steady stream."""

import asyncio
import itertools
import os
import random
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from aiokafka import AIOKafkaProducer

from infra.stack import free_port
from schemas.codec import encode
from tests.faults import logs
from tests.faults.checker import Report, check_outputs
from tests.faults.processes import Service
from tests.streams.harness.chain import Add, ChainDecider
from tests.waiting import until

_numbers = itertools.count(1)


class Chains:
    """Topics of its own, workers of its own; what is fed is counted."""

    def __init__(
        self,
        bootstrap: str,
        directory: Path,
        partitions: int = 4,
        settings: dict[str, dict[str, str]] | None = None,
    ) -> None:
        self.bootstrap, self.directory = bootstrap, directory
        self._settings = settings or {}
        self.prefix = f"chain-{os.getpid()}-{next(_numbers)}."
        self.decider = ChainDecider(self.prefix, partitions)
        self.workers: list[Service] = []
        self.fed = 0
        self._producer: AIOKafkaProducer | None = None

    async def create(self) -> None:
        """The topics."""
        topics = [
            replace(topic, config=topic.config | self._settings.get(topic.name.removeprefix(self.prefix), {}))
            for topic in self.decider.topics
        ]
        await logs.create(self.bootstrap, topics)
        self._producer = await logs.producer(self.bootstrap)

    def worker(self, name: str, bootstrap: str = "", rules: str = "1,2", **settings: object) -> Service:
        """Starts a worker; it is restarted when it ends, with the same static membership. `settings` by
        the names of StreamSettings, `rules` the versions that it carries."""
        environ = {
            "KAFKA_BOOTSTRAP": bootstrap or self.bootstrap,
            "CHAIN_PREFIX": self.prefix,
            "CHAIN_PARTITIONS": str(self.decider.source.partitions),
            "CHAIN_RULES": rules,
            "AICC_INSTANCE": name,
            "AICC_VAR": str(self.directory),
            "AICC_METRICS_PORT": str(free_port()),
            **{f"AICC_{name.upper()}": str(value) for name, value in settings.items()},
        }
        service = Service.module(
            "tests.streams.harness.chain", environ, self.directory / f"{self.prefix}{name}.log"
        )
        self.workers.append(service)
        service.start()
        return service

    async def send(self, command: object, key: str, partition: int, timestamp_ms: int | None = None) -> None:
        """One command."""
        assert self._producer is not None
        value = command if isinstance(command, bytes) else encode(command)
        topic = self.decider.source.name
        await self._producer.send(
            topic, value, key=key.encode(), partition=partition, timestamp_ms=timestamp_ms
        )
        self.fed += 1

    async def send_once(self, keys: Iterable[str]) -> None:
        """One command for each key, spread over the partitions, all in the log when it returns."""
        assert self._producer is not None
        for number, key in enumerate(keys):
            await self.send(Add(n=self.fed), key, number % self.decider.source.partitions)
        await self._producer.flush()

    async def feed(self, rate: int, seconds: float, entities: int = 200) -> None:
        """`rate` commands a second, over all partitions."""
        loop = asyncio.get_running_loop()
        partitions = self.decider.source.partitions
        began, sent = loop.time(), 0
        while (elapsed := loop.time() - began) < seconds:
            while sent < elapsed * rate:
                number = sent % entities
                await self.send(Add(n=self.fed), f"e{number}", number % partitions)
                sent += 1
            await asyncio.sleep(0.005)

    async def report(self, within_s: float = 60) -> Report:
        """Waits until everything fed has its output, then checks the whole log."""
        assert self._producer is not None
        await self._producer.flush()
        writes = [self.decider.output.name, self.decider.source.dlq]
        result = Report()

        async def complete() -> bool:
            nonlocal result
            found = await logs.read(self.bootstrap, [self.decider.source.name, *writes])
            result = Report()
            outputs = [record for topic in writes for record in found[topic]]
            check_outputs(result, self.decider, found[self.decider.source.name], outputs)
            return not result.counts["missing"]

        with suppress(TimeoutError):
            await until(complete, within_s, "outputs are missing", every_s=1.0)
        return result

    async def stop(self) -> None:
        """Ends the workers."""
        for worker in self.workers:
            await asyncio.to_thread(worker.stop)
        if self._producer:
            await self._producer.stop()


async def break_at_random(chains: Chains, rng: random.Random, kinds: list[str]) -> None:
    """One fault after the other, at random instants, on a random worker."""
    for kind in kinds:
        await asyncio.sleep(rng.uniform(0.3, 1.5))
        worker = rng.choice(chains.workers)
        if kind == "kill":
            worker.kill()
        else:
            with worker.paused():
                await asyncio.sleep(rng.uniform(6.5, 8.0))
