"""The configuration as it is published, and its change."""

from collections.abc import Sequence
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer

from loadgen.agents.pools import read_pools
from runtime.kafka import producer_options
from schemas.config import Configuration, PoolConfig
from schemas.config_change import Author, Source, Step, plan, records


async def published(bootstrap: str) -> dict[str, PoolConfig]:
    """Every pool by its name. Raises KafkaError."""
    return {pool.pool: pool for pool in await read_pools(bootstrap)}


async def planned(bootstrap: str, configuration: Configuration, *, anew: bool = False) -> list[Step]:
    """What would be published. Raises KafkaError, and ConfigError with the path of each error."""
    return plan(await published(bootstrap), configuration.pools, datetime.now(UTC), anew=anew)


async def publish(bootstrap: str, steps: Sequence[Step], author: Author) -> None:
    """Sends each pool to those who decide and read by it. Raises KafkaError, and ConfigError before anything
    is sent."""
    now = datetime.now(UTC)
    outgoing = [record for step in steps for record in records(step, author, Source.CLI, now)]
    if not outgoing:
        return
    producer = AIOKafkaProducer(**producer_options(bootstrap, "aicc-config"))
    try:
        await producer.start()
        for record in outgoing:
            await producer.send_and_wait(
                record.topic,
                record.value,
                key=record.key,
                partition=record.partition,
                headers=record.headers,
            )
    finally:
        await producer.stop()


async def apply(
    bootstrap: str, configuration: Configuration, author: Author, *, anew: bool = False
) -> list[Step]:
    """Makes the published configuration this one; the steps that it took, none where it was so already.
    Raises KafkaError and ConfigError as above."""
    steps = await planned(bootstrap, configuration, anew=anew)
    await publish(bootstrap, steps, author)
    return steps
