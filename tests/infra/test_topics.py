"""Topics on the real broker: made once, differences said, nothing taken away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from infra.topics import apply_topics
from schemas.topics import TOPICS, Topic


def with_admin(bootstrap: str, use: Callable[[AIOKafkaAdminClient], Awaitable[Any]]) -> Any:
    async def go() -> Any:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        await admin.start()
        try:
            return await use(admin)
        finally:
            await admin.close()

    return asyncio.run(go())


def applied(bootstrap: str, topics: list[Topic], *, alter: bool = False) -> list[str]:
    said: list[str] = []
    with_admin(bootstrap, lambda admin: apply_topics(admin, topics, alter=alter, say=said.append))
    return said


def prefixed(prefix: str) -> list[Topic]:
    return [Topic(prefix + topic.name, topic.partitions, topic.config) for topic in TOPICS]


def test_all_topics_are_made_and_a_second_time_changes_nothing(
    kafka_bootstrap: str, topic_prefix: str
) -> None:
    wanted = prefixed(topic_prefix)
    assert applied(kafka_bootstrap, wanted) == [f"created {len(wanted)} topics, replication 1"]
    assert applied(kafka_bootstrap, wanted) == []
    rows = with_admin(kafka_bootstrap, lambda admin: admin.describe_topics([t.name for t in wanted]))
    assert {row["topic"]: len(row["partitions"]) for row in rows} == {t.name: t.partitions for t in wanted}


def test_what_differs_is_said_and_changed_on_request_only(kafka_bootstrap: str, topic_prefix: str) -> None:
    name = f"{topic_prefix}x"
    foreign = {"retention.ms": "1000", "segment.bytes": "1048576"}
    with_admin(
        kafka_bootstrap, lambda admin: admin.create_topics([NewTopic(name, 2, 1, topic_configs=foreign)])
    )
    wanted = [Topic(name, 3)]
    for _ in range(2):
        said = applied(kafka_bootstrap, wanted)
        assert f"{name} has 2 partitions, not 3; --alter adds them" in said
        assert any("retention.ms is 1000" in line and "--alter changes it" in line for line in said)
    assert f"{name}: 2 → 3 partitions" in applied(kafka_bootstrap, wanted, alter=True)
    assert applied(kafka_bootstrap, wanted) == []
    assert applied(kafka_bootstrap, [Topic(name, 3, {"segment.bytes": "1048576"})]) == []


def test_partitions_are_never_taken_away(kafka_bootstrap: str, topic_prefix: str) -> None:
    name = f"{topic_prefix}x"
    applied(kafka_bootstrap, [Topic(name, 4)])
    assert applied(kafka_bootstrap, [Topic(name, 2)], alter=True) == [
        f"{name} has 4 partitions, more than the 2 wanted; left so"
    ]
