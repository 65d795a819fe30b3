"""The tables' partitions by month, made before a row needs them."""

import asyncio
import logging

import asyncpg

from workers.persister.statements import statement

AHEAD = 3
DAY_S = 24 * 3600.0
RETRY_S = 60.0
log = logging.getLogger(__name__)


async def keep_months_ahead(pool: asyncpg.Pool) -> None:
    """At once and then daily. Rows never wait for it: the default partition takes what has no month."""
    sql = statement("make_partitions")
    while True:
        try:
            if made := await pool.fetchval(sql, AHEAD):
                log.info("made %d partitions", made)
            wait_s = DAY_S
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("no partitions were made: %r; again in %g s", error, RETRY_S)
            wait_s = RETRY_S
        await asyncio.sleep(wait_s)
