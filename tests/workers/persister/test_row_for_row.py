"""Whatever dies, is doubled or out of order: afterwards Postgres is equal to the log, row for row."""

import asyncio
import random
import signal

import pytest

from infra.stack import LocalStack
from infra.stack.ports import free_ports
from tests.workers.persister.flow import SESSIONS, SMALL, Log, in_flow, prepare
from tests.workers.persister.ledger import assert_equal_to_the_log
from tests.workers.persister.stored import behind
from tests.workers.persister.stream import KEY, Part, parts
from tests.workers.world import World, counted, ready, until

STORED = "aicc_stored_records_total"


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.faults)])
def test_the_persister_killed(own_world: World, rng: random.Random, kills: int) -> None:
    async def scenario() -> None:
        await prepare(own_world)
        process = own_world.start("persister", **SMALL)

        async def kill(_: Log) -> None:
            nonlocal process
            process.kill()
            process.wait()
            process = own_world.start("persister", **SMALL)

        try:
            await (await in_flow(own_world, rng, kills, kill)).stored()
        finally:
            process.kill()
            process.wait()
        await assert_equal_to_the_log(own_world, KEY)

    asyncio.run(scenario())


@pytest.mark.parametrize("stops", [1, pytest.param(5, marks=pytest.mark.faults)])
def test_postgres_stopped_at_once(
    own_world: World, stack: LocalStack, rng: random.Random, stops: int
) -> None:
    async def restart(_: Log) -> None:
        """As after `pg_ctl stop -m immediate`, which is this signal."""
        running = stack.running["postgres"]
        running.signal(signal.SIGQUIT)
        await asyncio.to_thread(running.process.wait, 30.0)
        await asyncio.to_thread(stack.launch("postgres").wait_ready)

    async def scenario() -> None:
        await prepare(own_world)
        with own_world.worker("persister", **SMALL) as process:
            await (await in_flow(own_world, rng, stops, restart)).stored()
            assert process.poll() is None
        await assert_equal_to_the_log(own_world, KEY)

    asyncio.run(scenario())


@pytest.mark.parametrize("pauses", [1, pytest.param(10, marks=pytest.mark.faults)])
def test_two_on_the_same_partitions(own_world: World, rng: random.Random, pauses: int) -> None:
    """By force: each in a group of its own, so both read everything; now and then one stands still, which may
    be in the middle of a transaction, and then goes on as if nothing had been."""

    async def scenario() -> None:
        await prepare(own_world)
        ports = free_ports(2)
        short = {**SMALL, "statement_timeout_s": 1}
        with (
            own_world.worker("persister", group="one", metrics_port=ports[0], **short) as one,
            own_world.worker("persister", group="two", metrics_port=ports[1], **short) as two,
        ):
            await asyncio.gather(*map(ready, ports))

            async def pause(log: Log) -> None:
                paused = rng.choice((one, two))
                before = await behind(own_world)
                paused.send_signal(signal.SIGSTOP)
                try:

                    async def gone_on() -> bool:
                        return await behind(own_world) > min(before, log.events - 1)

                    await until(gone_on, "the other one goes on")
                finally:
                    paused.send_signal(signal.SIGCONT)

            log = await in_flow(own_world, rng, pauses, pause)
            await log.stored()
            for port in ports:

                async def all_read(port: int = port) -> bool:
                    return await counted(port, STORED) >= log.events + log.erasures

                await until(all_read, "both have been through all of it")
            assert (one.poll(), two.poll()) == (None, None)
        await assert_equal_to_the_log(own_world, KEY)

    asyncio.run(scenario())


@pytest.mark.parametrize("times", [1, pytest.param(5, marks=pytest.mark.faults)])
def test_read_anew_in_another_order(own_world: World, rng: random.Random, times: int) -> None:
    """What stood in one order comes once more in others, each session's rating last: a version counts by its
    number, a message by its own."""

    async def scenario() -> None:
        await prepare(own_world)
        log = Log(own_world)
        with own_world.worker("persister", **SMALL):
            for part in parts(rng, times, SESSIONS):
                await log.append(part)
                mixed = list(part.events)
                rng.shuffle(mixed)
                mixed.sort(key=lambda one: b"conversation.rated" in (one[2] or b""))
                await log.append(Part(mixed, part.erasures))
            await log.stored()
        await assert_equal_to_the_log(own_world, KEY)

    asyncio.run(scenario())
