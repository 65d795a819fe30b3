"""Makes the topics of the cluster equal to the table, as far as that can't hurt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from infra.stack import StackError
from schemas.topics import Topic

# Of a setting's source in DescribeConfigs: set on the topic itself, not a default.
_SET_ON_TOPIC = 1
_VISIBLE_S = 15.0


async def apply_topics(
    admin: AIOKafkaAdminClient, topics: Sequence[Topic], *, alter: bool, say: Callable[[str], None]
) -> None:
    """Creates what is missing. What differs is said, and changed only with `alter`; nothing is deleted."""
    replication, durable = await replication_of(admin)
    wanted = {topic.name: topic for topic in topics}
    listed = {row["topic"] for row in await admin.describe_topics()}
    missing = [topic for name, topic in wanted.items() if name not in listed]
    created = await _create(admin, missing, replication, durable)
    if created:
        say(f"created {len(created)} topics, replication {replication}")
    partitions = await _wait_visible(admin, set(wanted))
    existing = [topic for name, topic in wanted.items() if name not in created]
    for topic in existing:
        await _check_partitions(admin, topic, partitions[topic.name], alter, say)
    await _check_settings(admin, existing, durable, alter, say)


async def replication_of(admin: AIOKafkaAdminClient) -> tuple[int, Mapping[str, str]]:
    """How many copies of each record the brokers allow, and the settings that go with it."""
    brokers = len((await admin.describe_cluster())["brokers"])
    return min(3, brokers), {"min.insync.replicas": "2" if brokers >= 3 else "1"}


async def _create(
    admin: AIOKafkaAdminClient, topics: Sequence[Topic], replication: int, durable: Mapping[str, str]
) -> set[str]:
    """The names that were created; what another one made since the listing is not among them."""
    if not topics:
        return set()
    fresh = [
        NewTopic(topic.name, topic.partitions, replication, topic_configs={**topic.config, **durable})
        for topic in topics
    ]
    created = set()
    for name, code, *reason in (await admin.create_topics(fresh)).topic_errors:
        if not code:
            created.add(name)
        elif for_code(code) is not TopicAlreadyExistsError:
            raise StackError(f"topic {name} could not be created: {for_code(code).__name__} {reason}")
    return created


async def _check_partitions(
    admin: AIOKafkaAdminClient, topic: Topic, have: int, alter: bool, say: Callable[[str], None]
) -> None:
    if have == topic.partitions:
        return
    if have > topic.partitions:
        say(f"{topic.name} has {have} partitions, more than the {topic.partitions} wanted; left so")
    elif not alter:
        say(f"{topic.name} has {have} partitions, not {topic.partitions}; --alter adds them")
    else:
        answer = await admin.create_partitions({topic.name: NewPartitions(topic.partitions)})
        _raise_refused(topic.name, answer.topic_errors[0][1])
        say(f"{topic.name}: {have} → {topic.partitions} partitions")


async def _check_settings(
    admin: AIOKafkaAdminClient,
    topics: Sequence[Topic],
    durable: Mapping[str, str],
    alter: bool,
    say: Callable[[str], None],
) -> None:
    actual = await settings_of(admin, [topic.name for topic in topics])
    for topic in topics:
        wanted = {**topic.config, **durable}
        known, own = actual[topic.name]
        differing = {key: value for key, value in wanted.items() if known.get(key) != value}
        for key, value in differing.items():
            hint = "changed" if alter else "--alter changes it"
            say(f"{topic.name}: {key} is {known.get(key)}, not {value}; {hint}")
        if differing and alter:
            # The request replaces all of a topic's own settings, so those that others made go along.
            answers = await admin.alter_configs([_resource(topic.name, {**own, **wanted})])
            _raise_refused(topic.name, answers[0].resources[0][0])


async def settings_of(
    admin: AIOKafkaAdminClient, names: Sequence[str]
) -> dict[str, tuple[dict[str, str], dict[str, str]]]:
    """By topic: every setting in force, and those that were set on the topic itself."""
    if not names:
        return {}
    answers = await admin.describe_configs([_resource(name, None) for name in names])
    found: dict[str, tuple[dict[str, str], dict[str, str]]] = {}
    for code, _, _, name, entries in (row for answer in answers for row in answer.resources):
        _raise_refused(name, code)
        found[name] = (
            {entry[0]: entry[1] for entry in entries},
            {entry[0]: entry[1] for entry in entries if entry[3] == _SET_ON_TOPIC},
        )
    return found


def _resource(name: str, configs: Mapping[str, str] | None) -> Any:
    return ConfigResource(ConfigResourceType.TOPIC, name, configs)


def _raise_refused(topic: str, code: int) -> None:
    if code:
        raise StackError(f"topic {topic}: {for_code(code).__name__}")


async def _wait_visible(admin: AIOKafkaAdminClient, names: set[str]) -> dict[str, int]:
    """Partitions by topic; a created topic is known to clients only a moment later."""
    async with asyncio.timeout(_VISIBLE_S):
        while True:
            rows = await admin.describe_topics()
            found = {row["topic"]: len(row["partitions"]) for row in rows if row["partitions"]}
            if names <= found.keys():
                return found
            await asyncio.sleep(0.1)
