"""The database's disk is full: the persister waits, and when there is room all is stored, once."""

import asyncio
import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from infra.paths import VAR
from tests.faults.processes import Service
from tests.waiting import until
from tests.workers.persister.disk import Disk, small_disk
from tests.workers.persister.flow import SESSIONS, SMALL, Log, prepare
from tests.workers.persister.ledger import assert_equal_to_the_log
from tests.workers.persister.stored import behind
from tests.workers.persister.stream import KEY, parts
from tests.workers.world import World

WITHIN_S = 30.0


@contextmanager
def persister(world: World, log: Path, **settings: object) -> Iterator[Service]:
    """Kept running, as the supervisor would."""
    environment = world.environment(**{**SMALL, **settings})
    service = Service("persister", [str(world.command("persister"))], environment, log)
    service.start()
    try:
        yield service
    finally:
        service.stop()


@pytest.fixture
def place() -> Iterator[Path]:
    """Where a run's servers are, so that what a killed run leaves is found."""
    place = VAR / "test" / f"{os.getpid()}.disk"
    yield place
    shutil.rmtree(place)


def test_no_room_for_rows(world: World, rng: random.Random, tmp_path: Path, place: Path) -> None:
    """The persister waits it out, as long as its patience is."""

    async def scenario(disk: Disk) -> None:
        there = replace(world, database_url=disk.url)
        first, *rest, last = parts(rng, 4, SESSIONS)
        log = Log(there)
        await prepare(there)
        with persister(there, tmp_path / "log") as service:
            await log.append(first)
            await log.stored()
            await asyncio.to_thread(disk.fill)
            for part in rest:
                await log.append(part)
            await until(lambda: service.count("DiskFull") > 3, WITHIN_S, "the disk is not full")
            assert await behind(there) < log.events
            await asyncio.to_thread(disk.free)
            await log.append(last)
            await log.stored()
            assert service.deaths == []
        # A page that fits in part is told in other words, with this hint.
        assert disk.said("No space left on device") or disk.said("Check free disk space")
        await assert_equal_to_the_log(there, KEY)

    with small_disk(place, "data") as disk:
        asyncio.run(scenario(disk))


@pytest.mark.faults
def test_no_room_for_the_write_ahead_log(
    world: World, rng: random.Random, tmp_path: Path, place: Path
) -> None:
    """Postgres ends itself. The persister's patience ends, too, here; it runs anew until there is room."""

    async def scenario(disk: Disk) -> None:
        there = replace(world, database_url=disk.url)
        log = Log(there)
        await prepare(there)
        with persister(there, tmp_path / "log", patience_s=1) as service:
            first, second, last = parts(rng, 3, SESSIONS)
            await log.append(first)
            await log.stored()
            await asyncio.to_thread(disk.fill)
            await log.append(second)
            await asyncio.to_thread(disk.use_up)
            await service.death(2)
            await asyncio.to_thread(disk.free)
            await log.append(last)
            await log.stored()
            assert set(service.deaths) == {1}
        assert disk.said("PANIC")
        await assert_equal_to_the_log(there, KEY)

    with small_disk(place, "wal") as disk:
        asyncio.run(scenario(disk))
