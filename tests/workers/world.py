"""Topics of a test's own, and the workers as processes on them."""

import asyncio
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from runtime.kafka import producer_options
from schemas.codec import Record, encode, type_of
from schemas.envelope import headers
from schemas.topics import Topic

COMMANDS = Path(sys.executable).parent
PARTITIONS = 3
T = TypeVar("T")
Given = tuple[int, str, bytes | None]
"""Partition, key and value of a record to produce."""


async def until(condition: Callable[[], Awaitable[T]], what: str, timeout_s: float = 30.0) -> T:
    """Asks until the answer is true."""
    deadline = time.monotonic() + timeout_s
    while not (answer := await condition()):
        assert time.monotonic() < deadline, f"not within {timeout_s:g} s: {what}"
        await asyncio.sleep(0.01)
    return answer


@dataclass(frozen=True)
class World:
    """Where a test's topics, rows and keys are."""

    bootstrap: str
    prefix: str
    database_url: str
    redis_url: str

    def environment(self, **more: object) -> dict[str, str]:
        """What a worker process needs; `more` by the names of its settings."""
        servers = {
            "KAFKA_BOOTSTRAP": self.bootstrap,
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "AICC_TOPIC_PREFIX": self.prefix,
        }
        return {**os.environ, **servers, **{f"AICC_{key.upper()}": str(value) for key, value in more.items()}}

    def name(self, topic: Topic) -> str:
        """The topic's name in this world."""
        return self.prefix + topic.name

    async def create(self, *topics: Topic) -> None:
        """Makes the topics, with few partitions, and their dead-letter topics."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            new = [
                NewTopic(self.name(topic), min(PARTITIONS, topic.partitions), 1, topic_configs=topic.config)
                for topic in topics
            ]
            letters = [NewTopic(self.prefix + topic.dlq, 1, 1) for topic in topics]
            await admin.create_topics([*new, *letters])
        finally:
            await admin.close()

    async def make_anew(self, topic: Topic) -> None:
        """Deletes the topic, and makes another of its name."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            await admin.delete_topics([self.name(topic)])

            async def is_gone() -> bool:
                return self.name(topic) not in await admin.list_topics()

            await until(is_gone, f"{topic.name} is gone")
        finally:
            await admin.close()
        await self.create(topic)

    @asynccontextmanager
    async def producer(self) -> AsyncIterator[AIOKafkaProducer]:
        """A producer as the services have it."""
        producer = AIOKafkaProducer(**producer_options(self.bootstrap, "test"))
        await producer.start()
        try:
            yield producer
        finally:
            await producer.stop()

    async def produce(self, topic: Topic, given: Sequence[Given]) -> list[int]:
        """Appends the records in order; their offsets."""
        async with self.producer() as producer:
            sent = [
                await producer.send(
                    self.name(topic), value, key=key.encode(), partition=partition, headers=headers("t", "t")
                )
                for partition, key, value in given
            ]
            return [(await one).offset for one in sent]

    async def read(self, topic: str, partitions: int = 1) -> list[ConsumerRecord]:
        """All records of a topic, given by its full name."""
        tps = [TopicPartition(topic, number) for number in range(partitions)]
        async with AsyncExitStack() as stack:
            consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, auto_offset_reset="earliest")
            await consumer.start()
            stack.push_async_callback(consumer.stop)
            consumer.assign(tps)
            await consumer.seek_to_beginning(*tps)
            ends = await consumer.end_offsets(tps)
            found: list[ConsumerRecord] = []
            while any([await consumer.position(tp) < ends[tp] for tp in tps]):
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    found += records
            return found

    async def fetch(self, sql: str, *arguments: Any) -> list[Mapping[str, Any]]:
        """The rows that a query gives."""
        db = await asyncpg.connect(self.database_url)
        try:
            return [dict(row) for row in await db.fetch(sql, *arguments)]
        finally:
            await db.close()

    @contextmanager
    def worker(self, name: str, **settings: object) -> Iterator[subprocess.Popen[bytes]]:
        """`aicc-<name>` as a user starts it; killed at the end if it still runs."""
        process = self.start(name, **settings)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def start(self, name: str, **settings: object) -> subprocess.Popen[bytes]:
        """Starts `aicc-<name>`; the caller ends it."""
        return subprocess.Popen([self.command(name)], env=self.environment(**settings))

    def command(self, name: str) -> Path:
        """The installed command."""
        return COMMANDS / f"aicc-{name}"


async def ready(port: int) -> None:
    """Waits until the process with that metrics port is ready."""

    async def answers() -> bool:
        return "ready" in (await page(port, "ready"))[:5]

    await until(answers, f"ready on {port}")


async def page(port: int, path: str) -> str:
    """A page of a process's health server; empty where it does not listen or says no."""

    def get() -> str:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=2.0) as response:
                return str(response.read().decode())
        except OSError:
            return ""

    return await asyncio.to_thread(get)


async def counted(port: int, metric: str) -> float:
    """The sum of a metric over its labels."""
    lines = (await page(port, "metrics")).splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(metric))


def given(record: Record, partition: int) -> Given:
    """A record of a session or agent on its partition."""
    key = getattr(record, "session_id", "") or getattr(record, "agent_id", "") or type_of(record)
    return partition, key, encode(record)
