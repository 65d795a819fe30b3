"""What stands in the log."""

import asyncio
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.envelope import Headers
from schemas.topics import Topic


class Record(NamedTuple):
    """A record and its place."""

    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: Headers


def records(bootstrap: str, topic: Topic, containing: bytes = b"") -> list[Record]:
    """All records of a topic whose value contains the text, by partition and offset."""
    return asyncio.run(_read(bootstrap, topic, containing))


async def _read(bootstrap: str, topic: Topic, containing: bytes) -> list[Record]:
    found: list[Record] = []
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        places = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        while any([await consumer.position(place) < ends[place] for place in places]):
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                found += [
                    Record(one.partition, one.offset, one.key, one.value, list(one.headers))
                    for one in batch
                    if containing in (one.value or b"")
                ]
    return sorted(found)
