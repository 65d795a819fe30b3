"""The pools that the platform runs with, read from the topic `config`, and the agents in them."""

from collections.abc import Iterable
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from runtime.kafka import client_options
from schemas.config import PoolConfig, decode_pool
from schemas.topics import CONFIG

_READ_MS = 500


class Seat(NamedTuple):
    """One configured agent."""

    agent_id: str
    pool: str
    partition: int
    capacity: int


async def read_pools(bootstrap: str, topic: str = CONFIG.name) -> list[PoolConfig]:
    """The newest configuration of each pool, by name; none before `aicc-setup`. Raises KafkaError."""
    consumer = AIOKafkaConsumer(
        **client_options(bootstrap), enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        await consumer.start()
        if topic not in await consumer.topics():
            return []
        part = TopicPartition(topic, 0)
        consumer.assign([part])
        end = (await consumer.end_offsets([part]))[part]
        found: dict[bytes, PoolConfig] = {}
        while await consumer.position(part) < end:
            for records in (await consumer.getmany(part, timeout_ms=_READ_MS)).values():
                for record in records:
                    hear(found, record.key, record.value)
    finally:
        await consumer.stop()
    return sorted(found.values(), key=lambda pool: pool.pool)


def hear(found: dict[bytes, PoolConfig], key: bytes, value: bytes | None) -> None:
    """The next record: a pool, gone where it has no value. The highest version counts, not the last one: two
    may publish at once."""
    if not value:
        found.pop(key, None)
        return
    pool = decode_pool(value)
    if key not in found or pool.version >= found[key].version:
        found[key] = pool


def seats(pools: Iterable[PoolConfig], queue: str = "", synthetic: bool = False) -> list[Seat]:
    """The agents, in the order of the configuration, who serve `queue` (empty: any)."""
    return [
        Seat(agent.id, pool.pool, pool.partition, agent.capacity)
        for pool in pools
        for agent in pool.agents
        if agent.synthetic == synthetic and (not queue or queue in agent.queues)
    ]
