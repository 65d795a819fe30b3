"""A time of the topics read into a recording."""

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from loadgen.recording.arrivals import RecordingError, write
from loadgen.recording.hearing import Hearing
from runtime.kafka import client_options
from schemas.conversation import decode_command
from schemas.topics import CONVERSATION_COMMANDS

_POLL_MS = 500
_QUIET_POLLS = 20
_Extents = dict[TopicPartition, tuple[int, int]]
Heard = Callable[[int, int], None]
"""Is told how many contacts there are so far, and how many records were read."""


async def record(
    bootstrap: str,
    path: Path,
    begin_ms: int,
    end_ms: int,
    *,
    topic: str = CONVERSATION_COMMANDS.name,
    synthetic: bool = False,
    heard: Heard = lambda contacts, records: None,
) -> int:
    """Writes what came in [begin_ms, end_ms) (Unix, broker time) to `path`; how many contacts. Reads without
    a group, so nobody is disturbed. The salt of the ids is known to nobody afterwards.

    Raises KafkaError, OSError where the file can't be written, and RecordingError where there is nothing.
    """
    if begin_ms >= end_ms:
        raise RecordingError("What is to be recorded ends before it begins")
    hearing = Hearing(begin_ms, end_ms, os.urandom(32), synthetic=synthetic)
    consumer = AIOKafkaConsumer(**client_options(bootstrap), enable_auto_commit=False)
    try:
        parts = await _partitions(bootstrap, topic)
        await consumer.start()
        await _hear(consumer, await _extents(consumer, parts, begin_ms, end_ms), hearing, heard)
    finally:
        await consumer.stop()
    if not hearing:
        raise RecordingError(f"Nobody came in that time, or {topic} no longer holds it")
    return write(path, (end_ms - begin_ms) / 1000, hearing.arrivals())


async def _hear(consumer: AIOKafkaConsumer, left: _Extents, hearing: Hearing, heard: Heard) -> None:
    consumer.assign(list(left))
    for part, (begin, _) in left.items():
        consumer.seek(part, begin)
    records = quiet = 0
    while left:
        found = await consumer.getmany(*left, timeout_ms=_POLL_MS)
        quiet = 0 if found else quiet + 1
        if quiet > _QUIET_POLLS:
            raise RecordingError("Kafka gives no more records, though there are some")
        for batch in found.values():
            for one in batch:
                _hear_one(hearing, one.value, one.timestamp)
            records += len(batch)
        for part in [part for part, (_, end) in left.items() if await consumer.position(part) >= end]:
            del left[part]
            consumer.pause(part)
        heard(len(hearing), records)


async def _extents(
    consumer: AIOKafkaConsumer, parts: list[TopicPartition], begin_ms: int, end_ms: int
) -> _Extents:
    """The offsets of that time in each partition that has any."""
    ends = await consumer.end_offsets(parts)
    first = await consumer.offsets_for_times(dict.fromkeys(parts, begin_ms))
    after = await consumer.offsets_for_times(dict.fromkeys(parts, end_ms))
    found = {}
    for part in parts:
        begin, end = first[part], after[part]
        if begin is not None and begin.offset < (last := end.offset if end else ends[part]):
            found[part] = (begin.offset, last)
    return found


async def _partitions(bootstrap: str, topic: str) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(**client_options(bootstrap))
    try:
        await admin.start()
        (told,) = await admin.describe_topics([topic])
    finally:
        await admin.close()
    if told["error_code"]:
        raise RecordingError(f"There is no topic {topic}; is this the platform's Kafka?")
    return [TopicPartition(topic, part["partition"]) for part in told["partitions"]]


def _hear_one(hearing: Hearing, value: bytes | None, at_ms: int) -> None:
    try:
        command = decode_command(value or b"")
    except msgspec.MsgspecError:  # a dead letter's matter, not ours
        return
    hearing.hear(command, at_ms)
