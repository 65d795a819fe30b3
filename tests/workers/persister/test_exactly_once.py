"""Each key has exactly one row, however often the persister is killed, doubled or set back."""

import asyncio
import random

import pytest

from infra.stack.ports import free_ports
from schemas.envelope import header
from schemas.topics import CONFIG, CONVERSATION_EVENTS
from tests.workers.persister.stored import (
    assert_exactly,
    behind,
    placed,
    some_sessions,
    until_stored,
)
from tests.workers.world import PARTITIONS, World, counted, ready, until

SLOW = {"batch_records": 20}
"""Small batches, so that there are many instants to be ended at."""
STORED = "aicc_stored_records_total"


@pytest.mark.faults
def test_two_share_the_partitions_and_one_dies(world: World, rng: random.Random) -> None:
    async def scenario() -> None:
        sessions = some_sessions(rng, 900)
        records = placed(sessions, rng)
        third = len(records) // 3
        ports = free_ports(2)
        await world.create(CONVERSATION_EVENTS, CONFIG)
        with world.worker("persister", instance="1", metrics_port=ports[0], **SLOW):
            await ready(ports[0])
            await world.produce(CONVERSATION_EVENTS, records[:third])
            with world.worker(
                "persister", instance="2", metrics_port=ports[1], session_timeout_ms=6000, **SLOW
            ):
                await ready(ports[1])
                await world.produce(CONVERSATION_EVENTS, records[third : 2 * third])
                await until_stored(world, 2 * third)
                shares = [await counted(port, STORED) for port in ports]
                await world.produce(CONVERSATION_EVENTS, records[2 * third :])
            await until_stored(world, len(records))
        assert all(shares), shares
        await assert_exactly(world, sessions)

    asyncio.run(scenario())


def test_two_that_both_think_they_own_all(world: World, rng: random.Random) -> None:
    """Groups of their own but one sink: what a paused owner and its successor are to each other."""

    async def scenario() -> None:
        sessions = some_sessions(rng, 300)
        records = placed(sessions, rng)
        # Rows would hide who stored them twice; dead letters do not.
        for number in range(60):
            records.insert(rng.randrange(len(records)), (number % PARTITIONS, "bad", b"not json"))
        ports = free_ports(2)
        await world.create(CONVERSATION_EVENTS, CONFIG)
        with (
            world.worker("persister", group="one", metrics_port=ports[0], **SLOW),
            world.worker("persister", group="two", metrics_port=ports[1], **SLOW),
        ):
            await asyncio.gather(*map(ready, ports))
            await world.produce(CONVERSATION_EVENTS, records)
            for port in ports:

                async def all_read(port: int = port) -> bool:
                    return await counted(port, STORED) >= len(records)

                await until(all_read, "both have been through all of it")
        await assert_exactly(world, sessions)
        assert await behind(world) == len(records)
        letters = await world.read(world.prefix + CONVERSATION_EVENTS.dlq)
        assert len({header(letter.headers, "id") for letter in letters}) == len(letters) == 60

    asyncio.run(scenario())


@pytest.mark.parametrize("alive", [True, False], ids=["beneath a running persister", "while it was down"])
def test_a_database_restored_from_before(world: World, rng: random.Random, alive: bool) -> None:
    async def scenario() -> None:
        sessions = some_sessions(rng, 30)
        records = placed(sessions, rng)
        await world.create(CONVERSATION_EVENTS, CONFIG)
        await world.produce(CONVERSATION_EVENTS, records)
        with world.worker("persister", instance="1"):
            await until_stored(world, len(records))
            if alive:
                await set_back(world)
                await until_stored(world, len(records))
        if not alive:
            await set_back(world)
            with world.worker("persister", instance="1"):
                await until_stored(world, len(records))
        await assert_exactly(world, sessions)

    asyncio.run(scenario())


async def set_back(world: World) -> None:
    """As a backup taken when nothing was stored yet."""
    topic = world.name(CONVERSATION_EVENTS)
    await world.fetch(
        "WITH a AS (DELETE FROM consultations), b AS (DELETE FROM chat_messages) "
        "DELETE FROM sink_offsets WHERE topic = $1",
        topic,
    )
