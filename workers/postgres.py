"""A worker's connections to Postgres: a bounded number, with bounded statements."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from runtime.metrics import DATABASE_WAIT_SECONDS
from workers.backoff import persist

PASSING: tuple[type[Exception], ...] = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.TransactionRollbackError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""Errors that are worth waiting for; the last is that of a server that was taken over from."""

_IDLE = 3
"""Statement timeouts that a transaction may be idle: dead letters are acknowledged within it."""


async def connections(url: str, most: int, timeout_s: float, patience_s: float) -> asyncpg.Pool:
    """A pool of which one is open already, so that a missing server shows at the start. Raises GivenUp.

    The server, too, ends statements after `timeout_s`, and transactions of a process that hangs: they hold
    the lock on a partition's position.
    """
    limits = {
        "statement_timeout": str(int(timeout_s * 1000)),
        "idle_in_transaction_session_timeout": str(int(_IDLE * timeout_s * 1000)),
    }

    async def connect() -> asyncpg.Pool:
        return await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=most,
            command_timeout=timeout_s,
            timeout=timeout_s,
            server_settings=limits,
        )

    return await persist(connect, PASSING, patience_s, "connecting to Postgres")


@asynccontextmanager
async def acquired(pool: asyncpg.Pool) -> AsyncIterator[PoolConnectionProxy]:
    """A connection, its wait measured."""
    began = perf_counter()
    async with pool.acquire() as db:
        DATABASE_WAIT_SECONDS.observe(perf_counter() - began)
        yield db
