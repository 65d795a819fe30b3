"""The tables' partitions by month, made before a row needs them, and a look at the rows that had none."""

import asyncio
import logging
import time

import asyncpg

from runtime.metrics import DEFAULT_ROWS
from workers.persister.statements import statement

AHEAD = 3
DAY_S = 24 * 3600.0
LOOK_S = 60.0
_COUNTED = 100_000
log = logging.getLogger(__name__)


async def keep_months_ahead(pool: asyncpg.Pool) -> None:
    """Makes months at once and then daily, and counts every minute. Rows never wait for it: the default
    partition takes what has no month."""
    made_at = -DAY_S
    while True:
        try:
            if time.monotonic() - made_at >= DAY_S:
                await _make(pool)
                made_at = time.monotonic()
            await _look(pool)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("no look at the partitions: %r; again in %g s", error, LOOK_S)
        await asyncio.sleep(LOOK_S)


async def _make(pool: asyncpg.Pool) -> None:
    """Each in a transaction of its own: the locks of one are never held while another one is waited for."""
    for parent, day in await pool.fetch(statement("missing_months"), AHEAD):
        if await pool.fetchval(statement("make_month"), parent, day):
            log.info("made the partition of %s for %s", parent, day)
    for parent, day in await pool.fetch(statement("missing_months"), AHEAD):
        log.warning("too many rows of %s wait for %s: run `aicc-db partitions move`", parent, day)


async def _look(pool: asyncpg.Pool) -> None:
    for parent, rows in await pool.fetch(statement("default_rows"), _COUNTED):
        DEFAULT_ROWS.labels(parent).set(rows)
