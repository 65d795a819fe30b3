"""Reads whole topics, and writes commands to them."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from runtime.kafka import producer_options
from schemas.topics import Topic


class Found(NamedTuple):
    """A record as it stands in the log."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]

    def header(self, name: str) -> str:
        """The header's text, or an empty one."""
        return next((value.decode() for key, value in self.headers if key == name), "")


async def read(bootstrap: str, topics: Iterable[str]) -> dict[str, list[Found]]:
    """Everything in the topics, by topic, in partition and offset order, up to now."""
    found: dict[str, list[Found]] = {topic: [] for topic in topics}
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, max_partition_fetch_bytes=8 << 20, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        tps = [TopicPartition(t, p) for t in found for p in await partitions(consumer, t)]
        ends = await consumer.end_offsets(tps)
        left = {tp: end for tp, end in ends.items() if end > 0}
        consumer.assign(list(left))
        while any([await consumer.position(tp) < end for tp, end in left.items()]):
            for tp, records in (await consumer.getmany(timeout_ms=500, max_records=10_000)).items():
                found[tp.topic] += [_found(record) for record in records if record.offset < ends[tp]]
    finally:
        await consumer.stop()
    for records in found.values():
        records.sort(key=lambda record: (record.partition, record.offset))
    return found


def _found(record: Any) -> Found:
    return Found(
        record.topic,
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        record.value,
        tuple(record.headers),
    )


async def partitions(consumer: AIOKafkaConsumer, topic: str) -> list[int]:
    """The topic's partitions, once the broker knows it."""
    await consumer._client.force_metadata_update()
    consumer._client.add_topic(topic)
    while not (known := consumer.partitions_for_topic(topic)):
        await consumer._client.force_metadata_update()
        await asyncio.sleep(0.05)
    return sorted(known)


async def create(bootstrap: str, topics: Iterable[Topic]) -> None:
    """Creates the topics that are missing."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        have = set(await admin.list_topics())
        new = [
            NewTopic(topic.name, topic.partitions, 1, topic_configs=topic.config)
            for topic in topics
            if topic.name not in have
        ]
        await admin.create_topics(new)
    finally:
        await admin.close()


async def producer(bootstrap: str) -> AIOKafkaProducer:
    """A started producer for commands."""
    started = AIOKafkaProducer(**producer_options(bootstrap, "test", linger_ms=2))
    await started.start()
    return started
