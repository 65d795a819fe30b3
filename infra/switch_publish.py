"""The switches as they stand, and the turn of one, straight to Kafka: with no gateway in between."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from infra.config_publish import published
from runtime.kafka import client_options, producer_options
from schemas.config import PoolConfig
from schemas.switches import Name, Switch, decode_switch
from schemas.switching import audit_record, records
from schemas.topics import SWITCHES

_READ_MS = 500


class Known(NamedTuple):
    """What is published."""

    switches: dict[Name, Switch]
    pools: dict[str, PoolConfig]


async def read_known(bootstrap: str) -> Known:
    """Switches and pools by name. Raises KafkaError."""
    return Known(await _switches(bootstrap), await published(bootstrap))


async def publish(bootstrap: str, switch: Switch, pools: Mapping[str, PoolConfig], now_ms: int) -> None:
    """Sends the turn to those who act by it; in the audit first. Raises KafkaError: it may have come to some
    of them then, and sending it again does no harm."""
    producer = AIOKafkaProducer(**producer_options(bootstrap, "aicc-switch"))
    try:
        await producer.start()
        for record in (audit_record(switch, now_ms), *records(switch, pools)):
            await producer.send_and_wait(
                record.topic,
                record.value,
                key=record.key,
                partition=record.partition,
                headers=record.headers,
            )
    finally:
        await producer.stop()


async def _switches(bootstrap: str) -> dict[Name, Switch]:
    """The highest version of each; none before `aicc-setup`."""
    consumer = AIOKafkaConsumer(
        **client_options(bootstrap), enable_auto_commit=False, auto_offset_reset="earliest"
    )
    found: dict[Name, Switch] = {}
    try:
        await consumer.start()
        if SWITCHES.name not in await consumer.topics():
            return found
        part = TopicPartition(SWITCHES.name, 0)
        consumer.assign([part])
        end = (await consumer.end_offsets([part]))[part]
        while await consumer.position(part) < end:
            for batch in (await consumer.getmany(part, timeout_ms=_READ_MS)).values():
                for record in batch:
                    _hear(found, record.value)
    finally:
        await consumer.stop()
    return found


def _hear(found: dict[Name, Switch], value: bytes | None) -> None:
    try:
        switch = decode_switch(value or b"")
    except msgspec.DecodeError:
        return  # of a newer release, or nothing of ours: gateways say so in their logs
    known = found.get(switch.name)
    if known is None or switch.version >= known.version:
        found[switch.name] = switch
