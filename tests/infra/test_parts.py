"""The parts as the tests and `aicc-run` use them."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
import redis
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from infra.stack import LocalStack


async def _create(bootstrap: str, topic: str) -> set[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 2, 1)])
        return set(await admin.list_topics())
    finally:
        await admin.close()


async def _settings(url: str, *names: str) -> dict[str, str]:
    connection = await asyncpg.connect(url)
    try:
        return {name: await connection.fetchval(f"SHOW {name}") for name in names}
    finally:
        await connection.close()


def test_kafka_makes_topics_on_request(kafka_bootstrap: str, topic_prefix: str) -> None:
    assert f"{topic_prefix}x" in asyncio.run(_create(kafka_bootstrap, f"{topic_prefix}x"))


def test_postgres_keeps_what_it_acknowledged_and_speaks_utf8(stack: LocalStack) -> None:
    expected = {"server_encoding": "UTF8", "fsync": "on", "synchronous_commit": "on"}
    assert asyncio.run(_settings(stack.postgres.address, *expected)) == expected


def test_redis_keeps_nothing_on_disk(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        assert client.config_get("appendonly") == {"appendonly": "no"}
        assert client.config_get("save") == {"save": ""}


@pytest.mark.parametrize("name", ["kafka", "postgres", "redis"])
def test_a_killed_part_comes_back_on_its_data(stack: LocalStack, name: str) -> None:
    before = stack.running[name].process.pid
    assert stack.restart(name, kill=True).process.pid != before
    assert stack.running[name].part.answers()
