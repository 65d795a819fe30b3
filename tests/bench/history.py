"""`python -m tests.bench.history`: how long readers of history wait, at ten million consultations.

BENCH_CONSULTATIONS (10,000,000) with three messages each over twelve months are made once and kept in
var/bench/history-<size>; its Postgres is the bench's own. All queries are the gateway's, through its own
pool and without its cache of pages, while a writer stores 2,000 rows a second. The reference query is asked
BENCH_ROUNDS times (2,000), each since another moment, the others 300 times at the most. Plans with all they
read go to var/bench/history-<size>/plans.
"""

import asyncio
import json
import os
import random
import shutil
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import asyncpg

import migrations
from gateway.database import Database, connect
from gateway.filters import Filters, Statement, page_of, search_of
from gateway.history import History
from gateway.paging import Cursor
from gateway.settings import GatewaySettings
from gateway.sql import SQL
from infra.paths import JARS, VAR
from infra.stack.local import LocalStack
from tests.bench.figures import Row, at_most, say, show
from tests.bench.generated import customers_of, fill, write
from tests.bench.plans import explain

SIZE = int(os.environ.get("BENCH_CONSULTATIONS", "10000000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "2000"))
_OTHERS = 300
REFERENCE = "completed since a date"
HOME = VAR / "bench" / f"history-{SIZE}"
PAGE, DEEP = 50, 1_000
WRITES_PER_S = 2_000
_EACH = 4
"""Rows of a consultation with its messages."""

_TICK_S = 0.1
AIM_MS, AIM_EXAMINED, AIM_DEEP, AIM_WRITES = 5.0, 80.0, 1.5, 0.95
_KEPT_BUSY = 20


class Query(NamedTuple):
    """How it is asked, anew each time, and the statement whose plan is shown."""

    ask: Callable[[], Awaitable[object]]
    statement: Statement


class Writer:
    """Stores consultations as they would come now, with their messages."""

    def __init__(self, db: asyncpg.Connection, first: int) -> None:
        self._db, self._next = db, first
        self.rows = 0

    async def run(self) -> None:
        """Until cancelled; what it is late by it makes up for."""
        began = time.perf_counter()
        while True:
            due = int((time.perf_counter() - began) * WRITES_PER_S) - self.rows
            count = min(due // _EACH, WRITES_PER_S)
            if count:
                await write(self._db, self._next, count, SIZE)
                self._next += count
                self.rows += count * _EACH
            await asyncio.sleep(_TICK_S)


def queries(history: History, cursor: Cursor, session: tuple[datetime, str], seed: int) -> dict[str, Query]:
    """What is measured, by name; moments, customers, agents and phones differ from one asking to the next."""
    rng, now = random.Random(seed), datetime.now(UTC)
    every = Filters(status="completed")

    def page(filters: Callable[[], Filters], after: Cursor | None = None) -> Query:
        async def ask() -> object:
            return await history.rows(await history.resolved(filters()), after, PAGE)

        shown = filters()
        if shown.phone:
            shown = Filters(customers=(f"g{int(shown.phone[-8:])}",))
        return Query(ask, page_of(shown, after, PAGE))

    def customer() -> int:
        return rng.randrange(customers_of(SIZE))

    def completed() -> Filters:
        return Filters(
            status="completed", since=now - timedelta(seconds=rng.randrange(7 * 86_400, 360 * 86_400))
        )

    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    said = search_of(Filters(), "'환불':*", ["환불"], month - timedelta(days=20), Cursor(month, ""), PAGE)
    return {
        REFERENCE: page(completed),
        "completed, page 1": page(lambda: every),
        f"completed, page {DEEP:,}": page(lambda: every, cursor),
        "by customer": page(lambda: Filters(customer_id=f"g{customer()}")),
        "by agent": page(lambda: Filters(agent_id=f"a{rng.randrange(500)}")),
        "by phone": page(lambda: Filters(phone=f"+8210{customer():08d}")),
        "by queue": page(lambda: Filters(queue=f"queue-{rng.randrange(50)}")),
        "by id, with transcript": Query(
            lambda: history.one(session[1], messages=True), Statement(SQL["consultation"], session)
        ),
        "search of a month": Query(lambda: history.matches(said), said),
    }


async def measure(query: Query, rounds: int) -> list[float]:
    """Milliseconds of each asking, sorted; the first ones, which find nothing in memory, are left out."""
    taken = []
    for number in range(rounds + _KEPT_BUSY):
        began = time.perf_counter()
        await query.ask()
        if number >= _KEPT_BUSY:
            taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)


async def bench(url: str) -> bool:
    """Prints the figures; whether the run was valid."""
    settings = GatewaySettings(database_url=url)
    pool = await connect(settings)
    history = History(Database(pool, settings.database_wait_s))
    db, writing = await asyncpg.connect(url), await asyncpg.connect(url)
    known = await db.fetchval("SELECT count(*) FROM consultations")
    deep = await db.fetchrow(
        "SELECT created_at, session_id FROM consultations WHERE status = 'completed'"
        " ORDER BY created_at DESC, session_id DESC OFFSET $1 LIMIT 1",
        min(PAGE * DEEP, SIZE // 3),
    )
    one = await db.fetchrow("SELECT created_at, session_id FROM consultations ORDER BY created_at LIMIT 1")
    assert deep
    assert one
    asked = queries(history, Cursor(*deep), (one["created_at"], one["session_id"]), 1)
    writer = Writer(writing, known)
    writes, began = asyncio.create_task(writer.run()), time.perf_counter()
    taken, examined = {}, {}
    for name, query in asked.items():
        taken[name] = await measure(query, ROUNDS if name == REFERENCE else min(ROUNDS, _OTHERS))
        plan = await explain(db, query.statement)
        examined[name] = plan.examined
        _keep_plan(name, plan.text)
        say(f"  {name}: p95 {_p95(taken[name]):.2f} ms, {plan.examined:,.0f} rows examined")
    rate = writer.rows / (time.perf_counter() - began)
    valid = not writes.done() and rate >= WRITES_PER_S * AIM_WRITES
    writes.cancel()
    with suppress(asyncio.CancelledError):
        await writes
    for connection in (db, writing, pool):
        await connection.close()
    _show(taken, examined, rate, valid)
    return valid


def _show(taken: dict[str, list[float]], examined: dict[str, float], rate: float, valid: bool) -> None:
    p95 = {name: _p95(of) for name, of in taken.items()}
    first, deep = "completed, page 1", f"completed, page {DEEP:,}"
    ratio = statistics.median(taken[deep]) / statistics.median(taken[first])
    rows = [
        at_most("completed since a date, p95", p95[REFERENCE], AIM_MS, "ms", valid),
        at_most("rows examined for it", examined[REFERENCE], AIM_EXAMINED, "rows", valid),
        at_most(f"page {DEEP:,} over page 1, median", ratio, AIM_DEEP, "x the time", valid),
        Row("rows written a second meanwhile", f"{rate:,.0f}"),
        *(Row(f"{name}, p95", f"{p95[name]:,.2f} ms, {examined[name]:,.0f} rows") for name in taken),
    ]
    figures = {
        "rows": SIZE * _EACH,
        "history_p95_ms": p95[REFERENCE],
        "deep_page_p95_ms": p95[deep],
        "rows_examined": examined[REFERENCE],
        "valid": valid,
    }
    more = {"writes_per_s": rate, "p95_ms": p95, "examined": examined}
    show(f"bench-history, {SIZE:,} consultations", rows, figures | more)


def _p95(taken: list[float]) -> float:
    return taken[int(len(taken) * 0.95)]


def _keep_plan(name: str, text: str) -> None:
    plans = HOME / "plans"
    plans.mkdir(exist_ok=True)
    (plans / f"{name.replace(' ', '-').replace(',', '')}.json").write_text(text)


async def _fill(url: str) -> None:
    db = await asyncpg.connect(url)
    await db.execute("SET synchronous_commit = off; SET maintenance_work_mem = '512MB'")
    await fill(db, SIZE, datetime.now(UTC), say)
    await db.close()


def _filled(stack: LocalStack, mark: Path) -> None:
    """Makes the rows where they are not there in full."""
    stack.launch("postgres").wait_ready()
    migrations.upgrade(stack.postgres.address)
    if not mark.exists():
        say(f"making {SIZE:,} consultations and {3 * SIZE:,} messages; they are kept in {HOME}")
        asyncio.run(_fill(stack.postgres.address))
        mark.write_text(json.dumps({"consultations": SIZE}))


def main() -> None:
    """Prints the table and, as the last line, the figures as JSON; exit 1 where the run was not valid."""
    mark = HOME / "filled.json"
    if not mark.exists():
        shutil.rmtree(HOME, ignore_errors=True)
    stack = LocalStack.at(HOME, JARS)
    try:
        _filled(stack, mark)
        valid = asyncio.run(bench(stack.postgres.address))
    finally:
        stack.stop()
    sys.exit(0 if valid else 1)


if __name__ == "__main__":
    main()
