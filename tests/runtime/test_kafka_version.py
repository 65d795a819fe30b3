"""What a real broker says of itself, and of its groups."""

import asyncio

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient

from infra.doctor.versions import KAFKA_LEVEL
from infra.stack.local import LocalStack
from runtime.groups import member_count
from runtime.kafka_version import metadata_level, release_of


def test_a_brokers_level_is_the_one_that_tests_run_with(stack: LocalStack) -> None:
    async def asked() -> int:
        client = AIOKafkaClient(bootstrap_servers=stack.kafka.address)
        await client.bootstrap()
        try:
            return await metadata_level(client)
        finally:
            await client.close()

    level = asyncio.run(asked())
    assert level >= KAFKA_LEVEL
    assert release_of(level) == "4.1"


@pytest.mark.parametrize(
    ("level", "release"),
    [
        (0, "older than 3.3"),
        (3, "older than 3.3"),
        (7, "3.3"),
        (14, "3.6"),
        (21, "3.9"),
        (25, "4.0"),
        (99, "4.1"),
    ],
)
def test_a_level_belongs_to_a_release(level: int, release: str) -> None:
    assert release_of(level) == release


def test_a_group_that_is_not_has_no_members(stack: LocalStack) -> None:
    async def counted() -> int:
        admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka.address)
        await admin.start()
        try:
            return await member_count(admin, "zz-nobody")
        finally:
            await admin.close()

    assert asyncio.run(counted()) == 0
