"""A worker's connections to Postgres."""

import asyncpg

from workers.backoff import persist
from workers.persister.sink import PASSING


async def connections(url: str, most: int, timeout_s: float, patience_s: float) -> asyncpg.Pool:
    """A pool of which one is open already, so that a missing server shows at the start. Raises GivenUp."""

    async def connect() -> asyncpg.Pool:
        return await asyncpg.create_pool(
            url, min_size=1, max_size=most, command_timeout=timeout_s, timeout=timeout_s
        )

    return await persist(connect, PASSING, patience_s, "connecting to Postgres")
