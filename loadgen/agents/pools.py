"""The pools that the platform runs with, read from the topic `config`, and the agents in them."""

from collections.abc import Iterable
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

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
        bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        await consumer.start()
        if topic not in await consumer.topics():
            return []
        part = TopicPartition(topic, 0)
        consumer.assign([part])
        end = (await consumer.end_offsets([part]))[part]
        newest: dict[bytes, bytes | None] = {}
        while await consumer.position(part) < end:
            for records in (await consumer.getmany(part, timeout_ms=_READ_MS)).values():
                newest.update({record.key: record.value for record in records})
    finally:
        await consumer.stop()
    return sorted((decode_pool(value) for value in newest.values() if value), key=lambda pool: pool.pool)


def seats(pools: Iterable[PoolConfig], queue: str = "", synthetic: bool = False) -> list[Seat]:
    """The agents, in the order of the configuration, who serve `queue` (empty: any)."""
    return [
        Seat(agent.id, pool.pool, pool.partition, agent.capacity)
        for pool in pools
        for agent in pool.agents
        if agent.synthetic == synthetic and (not queue or queue in agent.queues)
    ]
