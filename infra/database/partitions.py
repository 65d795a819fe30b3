"""The partitions by month: which there are, and those to come."""

from datetime import datetime
from typing import NamedTuple

import asyncpg

from infra.database.connection import TABLES, statement

_COUNTED = 1_000_000


class Partition(NamedTuple):
    """`rows` is the planner's estimate, and counted in a default partition (which has neither `since` nor
    `until`), up to a million."""

    parent: str
    name: str
    since: datetime | None
    until: datetime | None
    rows: int
    size: int


async def partitions(db: asyncpg.Connection) -> list[Partition]:
    """All of them, by table and time, the default one last."""
    found = [Partition(**dict(row)) for row in await db.fetch(statement("partitions"), list(TABLES))]
    return [one._replace(rows=await _counted(db, one.name)) if one.since is None else one for one in found]


async def make_ahead(db: asyncpg.Connection, months: int) -> list[str]:
    """Makes what is missing from this month to `months` more, each in a transaction of its own."""
    missing = await db.fetch("SELECT parent, day FROM missing_months($1)", months)
    return [
        f"{row['parent']}_{row['day']:%Y_%m}"
        for row in missing
        if await db.fetchval("SELECT make_month_partition($1, $2)", row["parent"], row["day"])
    ]


async def _counted(db: asyncpg.Connection, name: str) -> int:
    rows: int = await db.fetchval(f"SELECT count(*) FROM (SELECT FROM {name} LIMIT {_COUNTED}) AS few")
    return rows
