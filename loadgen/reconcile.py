"""Every contact that was answered, looked for in the database: none lost, none twice."""

import asyncio
import time
from pathlib import Path
from typing import NamedTuple

import asyncpg

from loadgen.run.ledger import sessions

_LOOK_S = 1.0
_DAYS_S = 2 * 86_400
_SENTINEL = "-sentinel-"
_STORED = """
SELECT session_id, count(*) AS rows, bool_and(ended_at IS NOT NULL) AS ended, min(customer_id) AS customer
FROM consultations
WHERE customer_id >= $1 AND customer_id < $2 AND created_at >= to_timestamp($3)
GROUP BY session_id
"""


class Reconciled(NamedTuple):
    """Numbers of sessions. `lost` were answered and are not stored, `doubled` are stored twice, or beside
    another session of the same contact; `open` have not ended yet. `unasked` are stored without an answer
    having come: a request without an answer may still have been served."""

    answered: int
    stored: int
    lost: int
    doubled: int
    open: int
    unasked: int


async def reconcile(database_url: str, run: str, directory: Path, patience_s: float = 60.0) -> Reconciled:
    """Looks until nothing is lost or `patience_s` are over. Raises OSError or asyncpg's errors."""
    answered = set(sessions(directory))
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        ends = time.monotonic() + patience_s
        while True:
            found = compared(answered, await _stored(connection, run))
            if not found.lost or time.monotonic() >= ends:
                return found
            await asyncio.sleep(_LOOK_S)
    finally:
        await connection.close()


class Row(NamedTuple):
    """A session as it is stored: in so many rows, all of them ended or not."""

    session: str
    rows: int
    ended: bool
    customer: str


def compared(answered: set[str], stored: list[Row]) -> Reconciled:
    """Pure."""
    ours = [row for row in stored if _SENTINEL not in row.customer]
    known = {row.session for row in ours}
    twice = sum(row.rows > 1 for row in ours) + len(ours) - len({row.customer for row in ours})
    still = sum(not row.ended for row in ours)
    return Reconciled(len(answered), len(ours), len(answered - known), twice, still, len(known - answered))


async def _stored(connection: "asyncpg.Connection[asyncpg.Record]", run: str) -> list[Row]:
    # "." follows "-" in ASCII.
    found = await connection.fetch(_STORED, f"run-{run}-", f"run-{run}.", time.time() - _DAYS_S)
    return [Row(*row.values()) for row in found]
