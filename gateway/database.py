"""The gateway's connections to Postgres: a bounded number, and a bounded wait for one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any

import asyncpg

from gateway.settings import GatewaySettings
from runtime.metrics import DATABASE_HELD_SECONDS, DATABASE_WAIT_SECONDS

_COMMAND_S = 5.0


class Database:
    """One statement at a time on any connection; none leaves anything behind in its session.

    Raises asyncpg's errors, OSError and TimeoutError where Postgres can't be read, or no connection gets free
    within `wait_s`: who waits longer is better refused, and leaves room for what else the gateway does.
    """

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", wait_s: float) -> None:
        self._pool, self._wait_s = pool, wait_s

    async def fetch(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        """All rows."""
        async with self._connection() as connection:
            rows: list[asyncpg.Record] = await connection.fetch(query, *arguments)
        return rows

    async def fetchrow(self, query: str, *arguments: object) -> asyncpg.Record | None:
        """The first row."""
        async with self._connection() as connection:
            row: asyncpg.Record | None = await connection.fetchrow(query, *arguments)
        return row

    async def fetchval(self, query: str, *arguments: object, timeout: float | None = None) -> Any:
        """The first value of the first row; `timeout` in seconds, where it is not the usual one."""
        async with self._connection() as connection:
            return await connection.fetchval(query, *arguments, timeout=timeout)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Database"]:
        """One whose statements all count, or none where the block raises."""
        async with self._connection() as connection, connection.transaction():
            yield _Bound(self._pool, self._wait_s, connection)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        began = perf_counter()
        try:
            connection = await self._pool.acquire(timeout=self._wait_s)
        finally:
            DATABASE_WAIT_SECONDS.observe(perf_counter() - began)
        taken = perf_counter()
        try:
            yield connection
        finally:
            DATABASE_HELD_SECONDS.observe(perf_counter() - taken)
            await self._pool.release(connection)


class _Bound(Database):
    """Of one connection; it waits for none."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", wait_s: float, connection: Any) -> None:
        super().__init__(pool, wait_s)
        self._bound = connection

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        yield self._bound


async def connect(settings: GatewaySettings) -> "asyncpg.Pool[asyncpg.Record]":
    """Opens no connection before it is asked for one: Postgres may come later than the gateway."""
    return await asyncpg.create_pool(
        settings.database_url,
        min_size=0,
        max_size=settings.database_connections,
        command_timeout=_COMMAND_S,
        # A plan for any time reads all months, one for any word the wrong index.
        server_settings={"plan_cache_mode": "force_custom_plan"},
        # asyncpg's own reset is another round trip, for what our statements don't leave behind.
        reset=_leave,
    )


async def _leave(_: object) -> None:
    """Nothing to undo."""
