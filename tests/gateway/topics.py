"""What stands in the log."""

import asyncio

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.topics import Topic

Record = ConsumerRecord[bytes, bytes]


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
                found += [record for record in batch if containing in (record.value or b"")]
    return sorted(found, key=lambda record: (record.partition, record.offset))
