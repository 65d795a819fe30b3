"""One connection of a command, and locks that it never waits for so long that writers notice."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

TABLES = ("consultations", "chat_messages")
TRIES = 100
_FIRST_MS, _GROWTH = 4.0, 1.05
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


async def in_short(db: asyncpg.Connection, script: str, lock_ms: int, what: str, say: Say) -> None:
    """Runs the statements in one transaction that waits for a lock for a few milliseconds at a time, in vain
    ever longer until `lock_ms`.

    Who waits for a strong lock holds up everybody behind it, so we step back and come again; who has it, too,
    so it is one message to the server, which does not wait for the disk at its end: the next commit does.
    Raises CareError after TRIES.
    """
    for number in range(TRIES):
        patience_ms = min(lock_ms, _FIRST_MS * _GROWTH**number)
        begin = f"BEGIN; SET LOCAL lock_timeout = '{patience_ms:.0f}ms'; SET LOCAL synchronous_commit = off"
        try:
            await db.execute(f"{begin};\n{script};\nCOMMIT")
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            await db.execute("ROLLBACK")
        except asyncpg.PostgresError:
            await db.execute("ROLLBACK")
            raise
        else:
            return
        if number % 10 == 9:
            say(f"{what}: writers are busy, {number + 1} tries so far")
        await asyncio.sleep(patience_ms / 1000 * random.uniform(1, 3))
    raise CareError(
        f"{what}: no moment without a transaction of {lock_ms} ms or more in {TRIES} tries. "
        "Nothing was changed by this step; try again, or allow more with --lock-ms."
    )
