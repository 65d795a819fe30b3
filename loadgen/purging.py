"""A run's synthetic contacts taken out of Postgres again."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import asyncpg

from loadgen.profiles.steps import customers_of

_TEXT = (Path(__file__).parent / "purge.sql").read_text()
_LEFT = """
SELECT count(*) FROM consultations
WHERE synthetic AND created_at >= $2 AND created_at < $3
  AND starts_with(customer_id, $1) AND substr(customer_id, length($1) + 1) ~ '^[0-9]+$'
"""
_RUN = re.compile(r"[\w.-]{1,64}", re.ASCII)
_CLOCKS = timedelta(minutes=10)
_EVER = (datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))


class Purged(NamedTuple):
    """What went. `open` contacts have not ended and stay: come again, as they would be stored anew."""

    contacts: int = 0
    messages: int = 0
    customers: int = 0
    open: int = 0


Told = Callable[[Purged], None]


def _nobody(_: Purged) -> None:
    pass


async def purge(
    db: asyncpg.Connection,
    run: str,
    begun: datetime | None = None,
    ended: datetime | None = None,
    told: Told = _nobody,
    batch: int = 2_000,
) -> Purged:
    """Deletes the ended synthetic contacts of `run` with their messages, and its customers, in short
    transactions of `batch` contacts; `told` hears the sum so far.

    Knowing when the run had `begun` and `ended` (with zone) spares reading all synthetic contacts there are.
    Rows that are not synthetic are never touched, whatever their customer is called. What the topics still
    hold comes back with a rebuild from them, and can be purged again. Raises ValueError for no run's id, and
    asyncpg's errors.
    """
    if not _RUN.fullmatch(run):
        raise ValueError(f"{run!r} is no run's id")
    since, until = begun - _CLOCKS if begun else _EVER[0], ended + _CLOCKS if ended else _EVER[1]
    wanted = (customers_of(run), since, until)
    done = Purged()
    last: tuple[datetime, str] = (since, "")
    while row := await db.fetchrow(_TEXT, *wanted, *last, batch):
        last = (row["created_at"], row["session_id"])
        done = Purged(
            done.contacts + row["contacts"],
            done.messages + row["messages"],
            done.customers + row["customers"],
        )
        told(done)
    return done._replace(open=await db.fetchval(_LEFT, *wanted))
