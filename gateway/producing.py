"""Keeps the outbox supplied with a producer: a new one where the old one failed."""

import asyncio
import logging
from contextlib import AsyncExitStack, suppress

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from gateway.outbox import Outbox
from gateway.settings import GatewaySettings
from runtime.kafka import producer_options
from schemas.topics import (
    AUDIT,
    CONFIG,
    CONFIG_AUDIT,
    CONVERSATION_COMMANDS,
    ERASURES,
    ROUTING_COMMANDS,
    SWITCHES,
)

log = logging.getLogger(__name__)
_RETRY_S = 0.25
_METADATA_EVERY_S = 30.0
_STOP_S = 1.0
_TOPICS = (CONVERSATION_COMMANDS.name, ROUTING_COMMANDS.name)
_SINGLE = {topic.name: topic.partitions for topic in (CONFIG, CONFIG_AUDIT, SWITCHES, AUDIT, ERASURES)}
"""Never grow, and are written to by staff alone: nothing waits for them."""


async def keep_producing(settings: GatewaySettings, outbox: Outbox) -> None:
    """Runs until cancelled, and then sends what the outbox still holds."""
    while True:
        try:
            await _produce(settings, outbox)
            log.error("the producer failed; making a new one")
        except (KafkaError, OSError) as error:
            log.warning("Kafka can't be reached: %r", error)
        await asyncio.sleep(_RETRY_S)


async def _produce(settings: GatewaySettings, outbox: Outbox) -> None:
    """With one producer until it is broken."""
    async with AsyncExitStack() as stack:
        producer = await _started(settings, stack)
        outbox.attach(producer, await _partitions(producer))
        stack.push_async_callback(outbox.drain, _STOP_S)
        stack.callback(outbox.detach)
        while not outbox.broken.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(outbox.broken.wait(), _METADATA_EVERY_S)
            # Added partitions take new sessions.
            outbox.partitions = await _partitions(producer)


async def _started(settings: GatewaySettings, stack: AsyncExitStack) -> AIOKafkaProducer:
    client_id = f"aicc-gateway-{settings.instance}"
    bytes_ = settings.producer_batch_bytes
    options = producer_options(settings.kafka_bootstrap, client_id, linger_ms=0, batch_bytes=bytes_)
    producer = AIOKafkaProducer(**options)
    stack.push_async_callback(_stop, producer)
    await producer.start()
    for topic in _TOPICS:
        await producer.partitions_for(topic)
    return producer


async def _partitions(producer: AIOKafkaProducer) -> dict[str, int]:
    return _SINGLE | {topic: len(await producer.partitions_for(topic)) for topic in _TOPICS}


async def _stop(producer: AIOKafkaProducer) -> None:
    with suppress(KafkaError, TimeoutError):
        await asyncio.wait_for(producer.stop(), _STOP_S)
