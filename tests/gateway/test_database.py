"""The wait for a connection to Postgres is bounded."""

import asyncio
import time

import pytest
from prometheus_client import REGISTRY

from gateway.database import Database, connect
from gateway.settings import GatewaySettings
from infra.stack import LocalStack

WAIT_S = 0.2


def test_who_finds_no_connection_free_waits_so_long_and_no_longer(stack: LocalStack) -> None:
    asyncio.run(_story(stack.postgres.address))


async def _story(address: str) -> None:
    pool = await connect(GatewaySettings(database_url=address, database_connections=1))
    database = Database(pool, WAIT_S)
    before = _held_s()
    try:
        assert await database.fetchval("SELECT 1") == 1
        held = asyncio.create_task(database.fetchval("SELECT pg_sleep(2)"))
        while not await _sleeps(address):
            assert not held.done()
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            await database.fetch("SELECT 1")
        assert WAIT_S <= time.monotonic() - began < 1.5
        await held
        row = await database.fetchrow("SELECT 2 AS two")
        assert row is not None
        assert row["two"] == 2
        assert _held_s() >= before + 2
    finally:
        await pool.close()


async def _sleeps(address: str) -> bool:
    pool = await connect(GatewaySettings(database_url=address))
    try:
        found = await pool.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND state = 'active'"
        )
        return bool(found)
    finally:
        await pool.close()


def _held_s() -> float:
    return REGISTRY.get_sample_value("aicc_database_held_seconds_sum") or 0.0
