"""Reads a compacted topic from its beginning and keeps following it: `config`, and others like it."""

import asyncio
import logging
from collections.abc import Callable

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from gateway.directory import Directory
from runtime.about import about
from runtime.kafka import client_options
from schemas.config import decode_pool
from schemas.topics import CONFIG

log = logging.getLogger(__name__)
_RETRY_S = 1.0
_POLL_MS = 1000
Hear = Callable[["ConsumerRecord[bytes, bytes]"], None]


async def follow_config(bootstrap: str, directory: Directory, complete: asyncio.Event) -> None:
    """Puts every pool into `directory`; sets `complete` once the end was reached. Until cancelled."""
    await follow(bootstrap, CONFIG.name, lambda record: apply(record, directory), complete)


async def follow(bootstrap: str, topic: str, hear: Hear, complete: asyncio.Event) -> None:
    """Every record of a compacted topic of one partition, from its beginning. Until cancelled."""
    while True:
        try:
            await _read(bootstrap, TopicPartition(topic, 0), hear, complete)
        except (KafkaError, OSError) as error:
            log.warning("the topic %s can't be read: %r", topic, error)
        await asyncio.sleep(_RETRY_S)


async def _read(bootstrap: str, place: TopicPartition, hear: Hear, complete: asyncio.Event) -> None:
    """Reads to the end and on without end. Raises KafkaError."""
    consumer = AIOKafkaConsumer(
        **client_options(bootstrap), enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        end = (await consumer.end_offsets([place]))[place]
        while True:
            # Compaction leaves holes: the position counts, not the records.
            if await consumer.position(place) >= end:
                complete.set()
            for record in (await consumer.getmany(place, timeout_ms=_POLL_MS)).get(place, ()):
                hear(record)
    finally:
        await consumer.stop()


def apply(record: "ConsumerRecord[bytes, bytes]", directory: Directory) -> None:
    """One record into the directory; an unreadable one leaves the pool as it was."""
    name = (record.key or b"").decode(errors="replace")
    if record.value is None:
        directory.remove(name)
        return
    try:
        directory.put(decode_pool(record.value))
    except msgspec.DecodeError as error:
        told = about(pool=name, record=f"{record.topic}:{record.partition}:{record.offset}")
        log.error("a pool's configuration is refused: %s", error, extra=told)
