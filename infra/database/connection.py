"""One connection of a command, and locks that it never waits for so long that writers notice."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import asyncpg

T = TypeVar("T")
TABLES = ("consultations", "chat_messages")
TRIES = 100
_CONNECT_S = 5.0
_SQL = Path(__file__).parent / "sql"
Say = Callable[[str], None]


class CareError(Exception):
    """What can't be done now; its text says why and what helps."""


def statement(name: str) -> str:
    """The text of sql/`name`.sql."""
    return (_SQL / f"{name}.sql").read_text()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Raises asyncpg's errors and OSError."""
    db = await asyncpg.connect(
        url, timeout=_CONNECT_S, server_settings={"application_name": "aicc-db", "timezone": "UTC"}
    )
    try:
        yield db
    finally:
        await db.close()


async def in_short(
    db: asyncpg.Connection, work: Callable[[], Awaitable[T]], lock_ms: int, what: str, say: Say
) -> T:
    """Does `work` in one transaction whose locks are waited for `lock_ms` at a time.

    Who waits for a strong lock holds up everybody behind it, so we step back and come again. Raises CareError
    after TRIES.
    """
    for number in range(1, TRIES + 1):
        try:
            async with db.transaction():
                await db.execute(f"SET LOCAL lock_timeout = '{lock_ms}ms'")
                return await work()
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            if number % 10 == 0:
                say(f"{what}: writers are busy, {number} tries so far")
            await asyncio.sleep(lock_ms / 1000 * random.uniform(1, 3))
    raise CareError(
        f"{what}: no moment without a transaction of {lock_ms} ms or more in {TRIES} tries. "
        "Nothing was changed by this step; try again, or allow more with --lock-ms."
    )
