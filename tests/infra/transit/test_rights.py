"""The table of rights: made of what services say, given to their users, and enough for no more than that."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError

from infra.kafka.acls import Operation, Resource, Right, rights, users
from infra.kafka.command import apply_rights
from infra.kafka.users import grant, known_rights, set_password
from infra.topics import apply_topics
from runtime.kafka import client_options, producer_options
from schemas.topics import CONFIG, CONVERSATION_COMMANDS, ROUTING_COMMANDS, TOPICS
from tests.infra.transit.cluster import SecuredStack
from tests.infra.transit.test_clients import come


def test_each_topic_has_who_reads_and_who_writes_it() -> None:
    given = {(right.name, right.operation) for right in rights() if right.resource is Resource.TOPIC}
    for topic in TOPICS:
        assert (topic.name, Operation.READ) in given, topic.name
        if not topic.name.endswith(".dlq"):
            assert (topic.name, Operation.WRITE) in given, topic.name
    assert {name for name, _ in given} == {topic.name for topic in TOPICS}


def test_only_who_decides_writes_what_was_decided() -> None:
    def writers(name: str) -> set[str]:
        return {right.user for right in rights() if (right.name, right.operation) == (name, Operation.WRITE)}

    assert writers("aicc-routing-entities-changelog") == {"aicc-routing"}
    assert writers("aicc-conversations-entities-changelog") == {"aicc-conversations"}
    assert writers("bot.questions") == {"aicc-conversations", "aicc-gateway"}  # the latter puts letters back
    assert writers("config") == {"aicc-gateway"}


def as_admin(stack: SecuredStack, run: Callable[[AIOKafkaAdminClient], Awaitable[Any]]) -> Any:
    async def running() -> Any:
        admin = AIOKafkaAdminClient(**client_options(stack.kafka.address))
        try:
            await admin.start()
            return await run(admin)
        finally:
            await admin.close()

    return asyncio.run(running())


@pytest.fixture(scope="package")
def passwords(one_broker: SecuredStack) -> dict[str, str]:
    """Of each service, which has its rights; the topics are there."""
    given = {user: uuid.uuid4().hex for user in users()}

    async def prepare(admin: AIOKafkaAdminClient) -> None:
        await apply_topics(admin, TOPICS, alter=False, say=print)
        await apply_rights(admin, revoking=False, say=print)
        for user, password in given.items():
            await set_password(admin, user, password)

    with pytest.MonkeyPatch.context() as patch:
        come(patch, one_broker.admin)
        as_admin(one_broker, prepare)
    return given


@pytest.mark.faults
def test_what_is_given_twice_is_said_and_what_is_not_in_the_table_is_taken(
    one_broker: SecuredStack, passwords: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    come(monkeypatch, one_broker.admin)
    extra = Right("aicc-notifier", Resource.TOPIC, CONFIG.name, Operation.WRITE)
    said: list[str] = []

    async def run(admin: AIOKafkaAdminClient) -> set[Right]:
        await grant(admin, extra)
        await apply_rights(admin, False, said.append)
        await apply_rights(admin, True, said.append)
        return await known_rights(admin, users())

    assert as_admin(one_broker, run) == set(rights())
    assert said[0] == f"0 rights given, {len(rights())} were there"
    assert said[1].startswith("not in the table")
    assert said[-1].startswith("taken")


@pytest.mark.faults
def test_a_service_may_do_what_is_its_own_and_nothing_else(
    one_broker: SecuredStack, passwords: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    come(monkeypatch, one_broker.of("aicc-responder", passwords["aicc-responder"]))
    bootstrap = one_broker.kafka.address

    async def send(topic: str) -> None:
        async with AIOKafkaProducer(**producer_options(bootstrap, "test")) as producer:
            await producer.send_and_wait(topic, b"{}")

    async def join(topic: str, group: str) -> None:
        consumer = AIOKafkaConsumer(topic, **client_options(bootstrap), group_id=group)
        try:
            await consumer.start()
            await asyncio.wait_for(consumer.getmany(timeout_ms=500), 10)
        finally:
            await consumer.stop()

    asyncio.run(send(CONVERSATION_COMMANDS.name))
    asyncio.run(join("bot.questions", "responder"))
    with pytest.raises(TopicAuthorizationFailedError):
        asyncio.run(send(ROUTING_COMMANDS.name))
    with pytest.raises(TopicAuthorizationFailedError):
        asyncio.run(join(CONFIG.name, "responder"))
    with pytest.raises(GroupAuthorizationFailedError):
        asyncio.run(join("bot.questions", "persister"))

    async def give(admin: AIOKafkaAdminClient) -> None:
        await grant(admin, Right("aicc-responder", Resource.TOPIC, CONFIG.name, Operation.WRITE))

    with pytest.raises(KafkaError):
        as_admin(one_broker, give)
