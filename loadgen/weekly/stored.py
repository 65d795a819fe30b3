"""What the platform stored of its quarters of an hour; synthetic contacts are not among them."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import asyncpg

from loadgen.weekly.week import LOOKED_AT_DAYS, Quarter

_TEXT = Path(__file__).with_suffix(".sql").read_text()
_CONNECT_S = 5.0


async def read(database_url: str, until: date) -> list[Quarter]:
    """Of the weeks that end where `until` (UTC) begins. Raises asyncpg's errors and OSError."""
    end = datetime.combine(until, time(), UTC)
    db = await asyncpg.connect(database_url, timeout=_CONNECT_S)
    try:
        rows = await db.fetch(_TEXT, end - timedelta(days=LOOKED_AT_DAYS), end)
    finally:
        await db.close()
    return [Quarter(**dict(row)) for row in rows]
