"""Records put straight into the command topics that nobody should have written."""

import asyncio
import uuid
from collections.abc import Sequence
from typing import NamedTuple

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import TopicPartition

from schemas.codec import encode
from schemas.conversation import ConnectAgent, StartChat
from schemas.envelope import headers
from schemas.ids import partition_of
from schemas.routing import RequestContact
from schemas.topics import (
    CONVERSATION_COMMANDS,
    CONVERSATIONS_APP,
    ROUTING_APP,
    ROUTING_COMMANDS,
    Topic,
)
from tests.end_to_end.clients import Agent, begin, post
from tests.faults import logs
from tests.faults.logs import Found
from tests.platform import POOLS, Platform
from tests.waiting import until

QUEUE = "alpha"
POOL = f"pool-{QUEUE}"


class Poison(NamedTuple):
    """A record and the reason that it is dead-lettered for."""

    key: str
    value: bytes
    reason: str
    header: tuple[str, bytes] = ("id", b"poison")


def connect(session: str, partition: int, priority: int) -> bytes:
    return encode(
        ConnectAgent(session_id=session, pool=POOL, pool_partition=partition, queue=QUEUE, priority=priority)
    )


def request(session: str, priority: int) -> bytes:
    return encode(
        RequestContact(
            pool=POOL,
            contact_id=f"{session}.9",
            session_id=session,
            customer_id="c",
            queue=QUEUE,
            priority=priority,
        )
    )


def in_conversations(session: str) -> list[Poison]:
    start = StartChat(session_id=session, customer_id="c")
    return [
        Poison(session, b"not json", "undecodable"),
        Poison(session, b"", "undecodable"),
        Poison(session, b'{"type":"no such type"}', "undecodable"),
        Poison(session, b'{"type":"chat.message","text":"no id"}', "undecodable"),
        Poison(session, encode(start), "undecodable", ("cause", b"nonsense")),
        Poison("", encode(start), "no key"),
        Poison(session, connect(session, 999, 5), "poison"),
        Poison(session, connect(session, 0, 2**70), "undecodable"),
    ]


def in_routing(session: str) -> list[Poison]:
    elsewhere = f"{session[:15]}fff{session[18:]}"
    return [
        Poison(POOL, b"\xff\xfe", "undecodable"),
        Poison(POOL, b'{"type":"agent.presence","presence":"asleep"}', "undecodable"),
        Poison(POOL, request("nonsense", 5), "poison"),
        Poison(POOL, request(elsewhere, 5), "poison"),
        Poison(POOL, request(session, 2**70), "undecodable"),
    ]


async def put(platform: Platform, topic: Topic, partition: int, records: Sequence[Poison]) -> list[int]:
    """Writes them; their offsets."""
    producer = await logs.producer(platform.stack.kafka.address)
    try:
        sent = [
            await producer.send_and_wait(
                topic.name,
                one.value,
                key=one.key.encode(),
                partition=partition,
                headers=[*headers(uuid.uuid4().hex, "poison"), one.header],
            )
            for one in records
        ]
    finally:
        await producer.stop()
    return [record.offset for record in sent]


async def dead_letters(platform: Platform, topic: Topic) -> dict[str, Found]:
    """By their ids: the positions of the records that they are about."""
    found = await logs.read(platform.stack.kafka.address, [topic.dlq])
    return {record.header("id"): record for record in found[topic.dlq]}


async def checkpointed(platform: Platform, app: str, topic: Topic, partition: int, offset: int) -> bool:
    """Whether a checkpoint covers the record."""
    admin = AIOKafkaAdminClient(bootstrap_servers=platform.stack.kafka.address)
    await admin.start()
    try:
        committed = await admin.list_consumer_group_offsets(app)
    finally:
        await admin.close()
    found = committed.get(TopicPartition(topic.name, partition))
    return found is not None and found.offset > offset


def deaths(platform: Platform) -> int:
    return sum(len(service.deaths) for service in platform.services.values())


async def poisoned(
    platform: Platform, app: str, topic: Topic, partition: int, records: Sequence[Poison]
) -> None:
    """Writes the records; returns when each is a dead letter, with its reason, and a checkpoint is past."""
    offsets = await put(platform, topic, partition, records)

    async def past() -> bool:
        return await checkpointed(platform, app, topic, partition, offsets[-1])

    await until(past, 20, "no checkpoint is past the poison")
    letters = await dead_letters(platform, topic)
    for offset, record in zip(offsets, records, strict=True):
        letter = letters[f"{topic.name}:{partition}:{offset}"]
        assert (letter.header("reason"), letter.value or b"") == (record.reason, record.value)
        assert letter.header("error")


@pytest.mark.parametrize("topic", [CONVERSATION_COMMANDS, ROUTING_COMMANDS], ids=["conversations", "routing"])
def test_poison_is_a_dead_letter_and_the_rest_goes_on(platform: Platform, topic: Topic) -> None:
    before = deaths(platform)
    session = begin(platform, "careful")
    if topic is CONVERSATION_COMMANDS:
        place = CONVERSATIONS_APP, topic, partition_of(session)
        asyncio.run(poisoned(platform, *place, in_conversations(session)))
    else:
        asyncio.run(poisoned(platform, ROUTING_APP, topic, POOLS[QUEUE], in_routing(session)))
    with Agent(platform, f"{QUEUE}-1") as agent:
        agent.entry("agent.state", presence="routable")
        assert post(platform, "/agent/connect", session_id=session, queue=QUEUE).status == 200
        agent.say(type="complete", contact_id=agent.accept(session))
        agent.entry("assignment.ended", reason="completed")
    assert deaths(platform) == before
