"""What Kafka says of a processor's workers, and the record `version.applied`, to every partition."""

import asyncio
import time
from collections.abc import Iterable
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from infra.upgrade.standing import Standing, standing
from runtime.kafka import producer_options
from schemas.codec import ApplyVersion, encode, type_of
from schemas.envelope import headers
from schemas.positions import Position, decode_position
from schemas.release import RELEASE
from schemas.topics import POSITIONS

RECENT_S = 5.0
"""Workers speak twice a second."""

_UNIQUE = 1 + 36
"""What Kafka appends to the name of a static member: a hyphen and a UUID."""

_EVERY_S = 0.3


async def read_standing(bootstrap: str, app: str, source: str) -> Standing:
    """As it is now. Raises KafkaError."""
    members = await _members(bootstrap, app)
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    try:
        await consumer.start()
        await consumer.topics()
        partitions = len(consumer.partitions_for_topic(source) or ())
        said = await _said(consumer)
    finally:
        await consumer.stop()
    return standing(app, source, partitions, members, said)


async def send(bootstrap: str, source: str, partitions: Iterable[int], version: int) -> None:
    """One record to each of the partitions. Raises KafkaError: some may have it then, and doing it again
    does no harm."""
    record = ApplyVersion(version=version, release=RELEASE)
    producer = AIOKafkaProducer(**producer_options(bootstrap, "aicc-upgrade"))
    try:
        await producer.start()
        for number in partitions:
            told = headers(f"{source}:{number}:version:{time.time_ns()}", type_of(record))
            await producer.send_and_wait(
                source, encode(record), key=b"", partition=number, headers=list(told)
            )
    finally:
        await producer.stop()


async def wait_applied(bootstrap: str, app: str, source: str, version: int, within_s: float) -> Standing:
    """Returns when every partition decides by the version, or when the time is over."""
    until = time.monotonic() + within_s
    while True:
        now = await read_standing(bootstrap, app, source)
        there = not now.silent() and all(has == version for has in now.rules.values())
        if there or time.monotonic() >= until:
            return now
        await asyncio.sleep(_EVERY_S)


async def _members(bootstrap: str, app: str) -> set[str]:
    """The instances in the group, by the names of static membership."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        answers: Any = await admin.describe_consumer_groups([app])
    finally:
        await admin.close()
    found = [one for answer in answers for one in answer.to_object()["groups"][0]["members"]]
    return {str(one["member_id"])[:-_UNIQUE].removeprefix(f"{app}-") for one in found}


async def _said(consumer: AIOKafkaConsumer) -> list[Position]:
    """The recent positions, in order; those that can't be read are of another release."""
    place = TopicPartition(POSITIONS.name, 0)
    consumer.assign([place])
    end = (await consumer.end_offsets([place]))[place]
    since_ms = int((time.time() - RECENT_S) * 1000)
    at = (await consumer.offsets_for_times({place: since_ms})).get(place)
    consumer.seek(place, at.offset if at else end)
    said: list[Position] = []
    while await consumer.position(place) < end:
        for records in (await consumer.getmany(timeout_ms=200)).values():
            said += [one for record in records if (one := _position(record.value))]
    return said


def _position(value: bytes | None) -> Position | None:
    try:
        return decode_position(value or b"")
    except msgspec.MsgspecError:
        return None
