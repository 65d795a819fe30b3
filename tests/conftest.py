"""The real parts for all tests: a private Kafka, Postgres and Redis a run, never a running platform's."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest
import redis
from xdist.scheduler import LoadScopeScheduling

from infra.paths import JARS, VAR
from infra.stack import LocalStack, marks
from tests.platform import collector as collector
from tests.platform import platform as platform

TESTS_VAR = VAR / "test"
TEMPLATE = "aicc_template"
SEED = int(os.environ.get("AICC_TEST_SEED") or random.SystemRandom().randrange(2**32))
os.environ["AICC_TEST_SEED"] = str(SEED)  # the workers of a run have the same
# What is tested would stand back for the tests of the other worker, and readers would be sent away for them.
os.environ |= {"AICC_NICE": "0", "AICC_DATABASE_WAIT_S": "5"}
_WAITING = frozenset({"bench", "end_to_end", "faults", "infra", "loadgen", "migrations"})
"""Tests that mostly wait for processes; the others mostly compute. Those of pages go to who is done first."""


def pytest_report_header() -> str:
    return f"random seed: {SEED} (repeat with AICC_TEST_SEED={SEED})"


class ByKind(LoadScopeScheduling):
    """Two workers, where there are two (`make test`): one waits while the other computes."""

    def _split_scope(self, nodeid: str) -> str:
        kind = nodeid.split("/")[1]
        return "web" if kind == "web" else "wait" if kind in _WAITING else "compute"


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByKind:
    return ByKind(config, log)


@pytest.fixture(scope="session")
def seed() -> int:
    return SEED


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> random.Random:
    """Randomness that is the same for this test in every run with the same seed."""
    return random.Random(f"{SEED}:{request.node.nodeid}")


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalStack]:
    """The parts, started once a run in a directory of its own; tests may stop, kill and restart them."""
    _clear_dead_runs()
    var = TESTS_VAR / str(os.getpid())
    parts = LocalStack.at(var, JARS)
    parts.start()
    try:
        yield parts
    finally:
        parts.stop()
        shutil.rmtree(var, ignore_errors=True)


@pytest.fixture(scope="session")
def kafka_bootstrap(stack: LocalStack) -> str:
    return stack.kafka.address


@pytest.fixture(scope="session")
def migrated_template(stack: LocalStack) -> str:
    """The name of a database that has all migrations and that nobody is connected to."""
    import migrations

    asyncio.run(_execute(stack.postgres.address, f'CREATE DATABASE "{TEMPLATE}"'))
    migrations.upgrade(stack.postgres.url(TEMPLATE))
    return TEMPLATE


@pytest.fixture(scope="module")
def database_url(stack: LocalStack, migrated_template: str) -> Iterator[str]:
    """A migrated database of this module's own."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    asyncio.run(_execute(stack.postgres.address, f'CREATE DATABASE "{name}" TEMPLATE "{migrated_template}"'))
    yield stack.postgres.url(name)
    asyncio.run(_execute(stack.postgres.address, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


_numbers = itertools.count(1)


@pytest.fixture
def redis_url(stack: LocalStack) -> str:
    """An empty logical database; its number comes round again after 63 tests."""
    number = (next(_numbers) - 1) % 63 + 1
    url = stack.redis.address.removesuffix("/0") + f"/{number}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture
def topic_prefix() -> str:
    """Put before a topic's or group's name, so that no test meets another's records."""
    return f"t{uuid.uuid4().hex[:8]}."


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _clear_dead_runs() -> None:
    """Ends what a killed test run left, and removes its files."""
    for left in TESTS_VAR.glob("[0-9]*"):
        pid = left.name.partition(".")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            marks.end(marks.find(left), timeout_s=2.0)
            for disk in psutil.disk_partitions(all=True):
                if Path(disk.mountpoint).is_relative_to(left):
                    subprocess.run(("umount", disk.mountpoint), check=False)
            shutil.rmtree(left, ignore_errors=True)
