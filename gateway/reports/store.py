"""The intervals, as Postgres has them."""

from collections.abc import Iterable
from datetime import datetime
from itertools import zip_longest
from pathlib import Path

import msgspec

from gateway.database import Database
from gateway.sql import statements

SQL = statements(Path(__file__).with_name("store.sql"))
MOST_ROWS = 50_000


class Interval(msgspec.Struct, kw_only=True):
    """A quarter of an hour of a queue, agent and channel: docs/measures.md. Milliseconds; of the histograms
    bucket 0 is below 100 ms and bucket n begins at 100 · 2^((n−1)/2). `service_level` is what was answered
    within 20 s of what was answered or abandoned; null where nothing was, and by agent: nobody leaves one."""

    begin_at: datetime
    pool: str
    queue: str
    agent_id: str
    channel: str
    offered: int
    answered: int
    answered_within: int
    abandoned: int
    refused: int
    canceled: int
    overflowed: int
    transferred: int
    handled: int
    responded: int
    wait_ms: int
    abandon_wait_ms: int
    talk_ms: int
    wrap_up_ms: int
    response_ms: int
    waits: list[int]
    handles: list[int]
    wrap_ups: list[int]
    responses: list[int]
    service_level: float | None = None


HISTOGRAMS = ("waits", "handles", "wrap_ups", "responses")
COUNTS = Interval.__struct_fields__[5:-5]


class Intervals(msgspec.Struct, kw_only=True):
    """200 of GET /reports/intervals"""

    items: list[Interval]


def by_queue(rows: Iterable[Interval]) -> list[Interval]:
    """Each queue and channel once an interval, its agents' rows together, with the service level."""
    merged: dict[tuple[object, ...], Interval] = {}
    for row in rows:
        held = merged.setdefault((row.begin_at, row.pool, row.queue, row.channel), row)
        if held is not row:
            _add(held, row)
        held.agent_id = ""
    for row in merged.values():
        over = row.answered + row.abandoned
        row.service_level = row.answered_within / over if over else None
    return list(merged.values())


def _add(held: Interval, row: Interval) -> None:
    for name in COUNTS:
        setattr(held, name, getattr(held, name) + getattr(row, name))
    for name in HISTOGRAMS:
        pairs = zip_longest(getattr(held, name), getattr(row, name), fillvalue=0)
        setattr(held, name, [one + other for one, other in pairs])


class IntervalStore:
    """Reads from `database`. Raises asyncpg's errors, OSError and TimeoutError where that can't be read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rows(self, begin: datetime, end: datetime, *of: str) -> list[Interval]:
        """Of a pool, queue, agent and channel, or (empty) of all; one more than `MOST_ROWS` at the most."""
        rows = await self._database.fetch(SQL["intervals"], begin, end, *of, MOST_ROWS + 1)
        return [Interval(**row) for row in rows]
