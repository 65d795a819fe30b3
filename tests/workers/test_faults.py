"""Servers that go away under the workers."""

import asyncio
import random
import signal
import subprocess

import pytest
from redis.asyncio import Redis

from infra.stack import LocalStack
from infra.stack.ports import free_ports
from schemas.ids import partition_of
from schemas.topics import AGENT_ASSIGNMENTS, CONFIG, CONVERSATION_EVENTS, ROUTING_ANSWERS
from tests.workers.events import conversation
from tests.workers.persister.stored import assert_exactly, placed, some_sessions, until_stored
from tests.workers.world import World, given, ready, until


def test_postgres_killed_beneath_the_persister(world: World, stack: LocalStack, rng: random.Random) -> None:
    async def scenario() -> None:
        sessions = some_sessions(rng, 200)
        records = placed(sessions, rng)
        half = len(records) // 2
        await world.create(CONVERSATION_EVENTS, CONFIG)
        with world.worker("persister", batch_records=50) as process:
            await world.produce(CONVERSATION_EVENTS, records[:half])
            await until_stored(world, half // 4)
            await asyncio.to_thread(stack.restart, "postgres", kill=True)
            await world.produce(CONVERSATION_EVENTS, records[half:])
            await until_stored(world, len(records))
            assert process.poll() is None
        await assert_exactly(world, sessions)

    asyncio.run(scenario())


def test_redis_lost_beneath_the_notifier(world: World, stack: LocalStack, rng: random.Random) -> None:
    async def scenario() -> None:
        session = conversation(rng, 1, messages=20)
        events = [given(event, partition_of(event.session_id)) for event in session]
        feed = f"session:{session[0].session_id}"
        await world.create(CONVERSATION_EVENTS, AGENT_ASSIGNMENTS, ROUTING_ANSWERS)

        async def length(count: int) -> None:
            async with Redis.from_url(world.redis_url) as redis:

                async def so_long() -> bool:
                    return int(await redis.xlen(feed)) == count

                await until(so_long, f"{count} entries")

        with world.worker("notifier") as process:
            await world.produce(CONVERSATION_EVENTS, events[:31])
            await length(10)
            await asyncio.to_thread(stack.restart, "redis", kill=True)
            await length(10)
            await world.produce(CONVERSATION_EVENTS, events[31:])
            await length(20)
            assert process.poll() is None

    asyncio.run(scenario())


@pytest.mark.faults
def test_the_broker_killed_beneath_both(world: World, stack: LocalStack, rng: random.Random) -> None:
    async def scenario() -> None:
        sessions = some_sessions(rng, 60)
        records = placed(sessions, rng)
        half = len(records) // 2
        await world.create(CONVERSATION_EVENTS, CONFIG, AGENT_ASSIGNMENTS, ROUTING_ANSWERS)
        with world.worker("persister") as persister, world.worker("notifier") as notifier:
            await world.produce(CONVERSATION_EVENTS, records[:half])
            await until_stored(world, half)
            await asyncio.to_thread(stack.restart, "kafka", kill=True)
            await world.produce(CONVERSATION_EVENTS, records[half:])
            await until_stored(world, len(records))
            assert (persister.poll(), notifier.poll()) == (None, None)
        await assert_exactly(world, sessions)

    asyncio.run(scenario())


@pytest.mark.parametrize("worker", ["persister", "notifier"])
def test_what_stays_away_ends_the_process_with_an_error(world: World, worker: str) -> None:
    async def scenario() -> None:
        await world.create(CONVERSATION_EVENTS, CONFIG, AGENT_ASSIGNMENTS, ROUTING_ANSWERS)

    asyncio.run(scenario())
    nobody = f"127.0.0.1:{free_ports(1)[0]}"
    servers = {"DATABASE_URL": f"postgresql://aicc@{nobody}/aicc", "REDIS_URL": f"redis://{nobody}/0"}
    done = subprocess.run(
        [world.command(worker)],
        env=world.environment(patience_s=0.5) | servers,
        stderr=subprocess.PIPE,
        timeout=10.0,
        check=False,
    )
    assert done.returncode == 1
    assert b"for 0.5 s" in done.stderr


@pytest.mark.faults
def test_two_of_one_name_do_not_fight_for_ever(world: World) -> None:
    async def scenario() -> None:
        await world.create(CONVERSATION_EVENTS, CONFIG)
        with world.worker("persister") as one, world.worker("persister") as other:

            async def one_has_ended() -> bool:
                return 1 in (one.poll(), other.poll())

            await until(one_has_ended, "one of them ends with an error")

    asyncio.run(scenario())


@pytest.mark.parametrize("runs", [True, False])
def test_a_topic_made_anew_ends_the_persister_with_the_cure(
    world: World, rng: random.Random, runs: bool
) -> None:
    """Made anew beneath it or while it was away, and by then with as many records as the one before."""

    async def scenario() -> None:
        records = placed(some_sessions(rng, 20), rng)
        await world.create(CONVERSATION_EVENTS, CONFIG)
        with world.worker("persister") as process:
            await world.produce(CONVERSATION_EVENTS, records)
            await until_stored(world, len(records))
            if not runs:
                process.kill()
                process.wait()
            await world.make_anew(CONVERSATION_EVENTS)
            await world.produce(CONVERSATION_EVENTS, [*records, *records])
            if runs:
                assert await asyncio.to_thread(process.wait, 40.0) == 1

    asyncio.run(scenario())
    done = subprocess.run(
        [world.command("persister")],
        env=world.environment(),
        stderr=subprocess.PIPE,
        timeout=20.0,
        check=False,
    )
    assert done.returncode == 1
    assert b"Delete its rows from sink_offsets" in done.stderr


def test_a_topic_made_anew_is_read_from_its_beginning_by_the_notifier(
    world: World, rng: random.Random
) -> None:
    async def scenario() -> None:
        first, second = (conversation(rng, 1, messages=20) for _ in range(2))
        await world.create(CONVERSATION_EVENTS, AGENT_ASSIGNMENTS, ROUTING_ANSWERS)
        with world.worker("notifier"):
            for events in (first, second):
                placed_events = [given(event, partition_of(event.session_id)) for event in events]
                await world.produce(CONVERSATION_EVENTS, placed_events)
                async with Redis.from_url(world.redis_url) as redis:

                    async def all_there(
                        redis: Redis = redis, feed: str = f"session:{events[0].session_id}"
                    ) -> bool:
                        return int(await redis.xlen(feed)) == 20

                    await until(all_there, "20 entries")
                await world.make_anew(CONVERSATION_EVENTS)

    asyncio.run(scenario())


@pytest.mark.parametrize("part", ["postgres", "kafka"])
def test_a_signal_ends_it_in_time_even_if_a_server_hangs(
    world: World, stack: LocalStack, rng: random.Random, part: str
) -> None:
    async def scenario() -> None:
        sessions = some_sessions(rng, 200)
        (port,) = free_ports(1)
        await world.create(CONVERSATION_EVENTS, CONFIG)
        await world.produce(CONVERSATION_EVENTS, placed(sessions, rng))
        with world.worker("persister", metrics_port=port) as process:
            await ready(port)
            pid = stack.running[part].process.pid
            try:
                stack.running[part].signal(signal.SIGSTOP)
                process.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(process.wait, 5.5) == 0
            finally:
                stack.running[part].signal(signal.SIGCONT)
            assert stack.running[part].process.pid == pid

    asyncio.run(scenario())
