"""A real gateway process, the topics it needs, and what a test says in place of the other services."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
import redis
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from infra.stack import LocalStack
from infra.topics import apply_topics
from schemas.codec import encode
from schemas.config import Agent, PoolConfig, Queue
from schemas.topics import (
    AGENT_ASSIGNMENTS,
    AUDIT,
    CONFIG,
    CONFIG_AUDIT,
    CONVERSATION_COMMANDS,
    CONVERSATION_EVENTS,
    ERASURES,
    ROUTING_COMMANDS,
    SWITCHES,
)
from tests.gateway.process import GatewayProcess
from tests.waiting import until

_TOPICS = (
    CONVERSATION_COMMANDS,
    CONVERSATION_EVENTS,
    ERASURES,
    ROUTING_COMMANDS,
    AGENT_ASSIGNMENTS,
    CONFIG,
    CONFIG_AUDIT,
    AUDIT,
    SWITCHES,
)
POOL = PoolConfig(
    pool="gw-pool",
    partition=3,
    queues=(Queue(name="gw-support"), Queue(name="gw-sales")),
    skills=("korean", "billing"),
    agents=(Agent(id="gw-agent", name="Ada", queues=("gw-support",)),),
)


SECOND = PoolConfig(
    pool="gw-second",
    partition=5,
    queues=(Queue(name="gw-other"),),
    agents=(Agent(id="gw-stranger", name="Bo", queues=("gw-other",)),),
)


@dataclass(frozen=True)
class Servers:
    """Where the parts are."""

    kafka: str
    database: str
    redis: str

    @property
    def environment(self) -> dict[str, str]:
        """What a gateway is told: it has no more rights than its role."""
        database = f"{self.database}?role=aicc_gateway"
        return {"KAFKA_BOOTSTRAP": self.kafka, "DATABASE_URL": database, "REDIS_URL": self.redis}


@pytest.fixture(scope="module")
def servers(stack: LocalStack, database_url: str) -> Servers:
    """With the topics made, and one pool in the configuration."""
    asyncio.run(prepare(stack.kafka.address))
    return Servers(stack.kafka.address, database_url, stack.redis.address)


@pytest.fixture(scope="module")
def gateway(servers: Servers) -> Iterator[GatewayProcess]:
    """A gateway of this module's own, ready."""
    process = GatewayProcess(servers.environment)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def feeds(servers: Servers) -> Iterator["redis.Redis"]:
    """The Redis that the gateway reads; tests write to it as the notifier does."""
    with redis.Redis.from_url(servers.redis) as client:
        client.flushdb()
        yield client


async def prepare(bootstrap: str) -> None:
    """Makes the topics, and puts the pool into the configuration."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await apply_topics(admin, _TOPICS, alter=False, say=lambda _: None)
    await admin.close()
    await configure(bootstrap, POOL.pool, encode(POOL))


async def configure(bootstrap: str, pool: str, value: bytes | None) -> None:
    """Puts a pool into the configuration, or takes it out."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        await producer.send_and_wait(CONFIG.name, value, key=pool.encode(), partition=0)


@contextmanager
def second_pool(servers: Servers, gateway: GatewayProcess) -> Iterator[None]:
    """While the block runs the gateway knows another pool."""

    def knows_two() -> bool:
        return gateway.post("/supervisor/listen", {"contact_id": "x"}).status == 422

    def configured(value: bytes | None, *, two: bool) -> None:
        asyncio.run(configure(servers.kafka, SECOND.pool, value))
        asyncio.run(until(lambda: knows_two() is two, 10, "the gateway does not follow the configuration"))

    configured(encode(SECOND), two=True)
    try:
        yield
    finally:
        configured(None, two=False)


@pytest.fixture
def session(gateway: GatewayProcess) -> str:
    return str(gateway.post("/chat/start", {"customer_id": "c"}).body["session_id"])
