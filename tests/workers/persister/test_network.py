"""The network between the persister and Postgres is cut: in mid-transaction, and when the answer to COMMIT is
under way. Whether it was stored then is for the next attempt to find out."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from infra.stack.ports import free_ports
from tests.faults.processes import Service
from tests.faults.proxy import Proxy, Trap
from tests.waiting import until
from tests.workers.persister.flow import SESSIONS, SMALL, Log, prepare
from tests.workers.persister.ledger import assert_equal_to_the_log
from tests.workers.persister.stream import KEY, parts
from tests.workers.world import World

BEGIN, COMMIT = b"BEGIN;", b"COMMIT;"
PIECES = 12
"""Of a transaction, about."""
IMPATIENT = {"statement_timeout_s": 1, **SMALL}
WITHIN_S = 30.0
LATER = "; again in"
"""What the persister says of a fault that it waits out."""


@asynccontextmanager
async def persister_behind(
    world: World, log: Path, **settings: object
) -> AsyncIterator[tuple[Proxy, Service]]:
    """A persister that is kept running, and the network between it and Postgres."""
    (port,) = free_ports(1)
    there = urlsplit(world.database_url)
    proxy = Proxy(port, there.port or 0)
    behind_it = replace(world, database_url=world.database_url.replace(f":{there.port}/", f":{port}/"))
    environment = behind_it.environment(**IMPATIENT, **settings)
    service = Service("persister", [str(world.command("persister"))], environment, log)
    await proxy.start()
    service.start()
    try:
        yield proxy, service
    finally:
        proxy.heal()
        await asyncio.to_thread(service.stop)
        await proxy.stop()


async def silence(proxy: Proxy, service: Service, said: int) -> None:
    """Nothing passes until the persister has given up an attempt; what was held back comes after that."""
    await until(lambda: service.count(LATER) > said, WITHIN_S, "the persister does not notice")
    proxy.heal()


async def break_off(proxy: Proxy, service: Service, said: int) -> None:
    """All connections are gone; what the server did is done. It says nothing where the last piece was one of
    COPY's: then the persister gives up first."""
    trap = proxy.trap
    assert trap
    await until(
        lambda: trap.answered.is_set() or service.count(LATER) > said, WITHIN_S, "nobody notices the cut"
    )
    proxy.drop()
    await until(lambda: service.count(LATER) > said, WITHIN_S, "the persister does not notice")


@pytest.mark.parametrize("rounds", [1, pytest.param(5, marks=pytest.mark.faults)])
def test_cut_in_mid_transaction_and_after_commit(
    own_world: World, rng: random.Random, tmp_path: Path, rounds: int
) -> None:
    """Each way of being cut, at each of the two instants, in every round."""
    cuts = [(text, how) for text in (BEGIN, COMMIT) for how in (silence, break_off)] * rounds
    rng.shuffle(cuts)

    async def scenario() -> None:
        await prepare(own_world)
        log = Log(own_world)
        async with persister_behind(own_world, tmp_path / "log") as (proxy, service):
            for part, (text, how) in zip(parts(rng, len(cuts), SESSIONS), cuts, strict=True):
                more = rng.randrange(PIECES) if text == BEGIN else 0
                proxy.trap = Trap(text, number=rng.randrange(1, 15), more=more)
                said = service.count(LATER)
                await log.append(part)
                await asyncio.wait_for(proxy.trap.sprung.wait(), WITHIN_S)
                await how(proxy, service, said)
                await log.stored()
            assert service.deaths == []
        await assert_equal_to_the_log(own_world, KEY)

    asyncio.run(scenario())


@pytest.mark.faults
def test_a_network_that_stays_cut_ends_the_process(
    own_world: World, rng: random.Random, tmp_path: Path
) -> None:
    """Within its patience and what the server is given for an answer; started again it goes on."""

    async def scenario() -> None:
        await prepare(own_world)
        log = Log(own_world)
        async with persister_behind(own_world, tmp_path / "log", patience_s=2) as (proxy, service):
            proxy.trap = Trap(COMMIT, number=5)
            await log.append(parts(rng, 1, SESSIONS)[0])
            await asyncio.wait_for(proxy.trap.sprung.wait(), WITHIN_S)
            assert await service.death(1, 15) == 1
            proxy.heal()
            await log.stored()
        await assert_equal_to_the_log(own_world, KEY)

    asyncio.run(scenario())
