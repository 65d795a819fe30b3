"""How Postgres reads what the gateway asks: of few months, by the index that was meant, few rows."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import asyncpg
import pytest

from gateway.filters import Filters, Statement, estimate_of, page_of, search_of
from gateway.paging import Cursor
from gateway.sql import SQL
from tests.bench.generated import fill
from tests.bench.plans import Plan, explain, nodes, table

SIZE = 20_000
PAGE = 51
NOW = datetime.now(UTC)
MONTH = NOW.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
SINCE = NOW - timedelta(days=60)
DEEP = Cursor(NOW - timedelta(days=100), "0")


@pytest.fixture(scope="module")
def filled(database_url: str) -> str:
    async def run() -> None:
        db = await asyncpg.connect(database_url)
        await fill(db, SIZE, NOW)
        await db.close()

    asyncio.run(run())
    return database_url


def plan_of(url: str, statement: Statement) -> Plan:
    async def run() -> Plan:
        db = await asyncpg.connect(url)
        try:
            return await explain(db, statement)
        finally:
            await db.close()

    return asyncio.run(run())


class Case(NamedTuple):
    """A page's query; the end of the index that each partition with rows is read by, and how many rows may be
    examined. `after`: which months are left out."""

    filters: Filters
    by: str
    examined: int = PAGE + 20
    after: Cursor | None = None


CASES = {
    "completed since a date": Case(
        Filters(status="completed", since=SINCE), "status_created_at_session_id_idx"
    ),
    "completed": Case(Filters(status="completed"), "status_created_at_session_id_idx"),
    "a seldom status": Case(Filters(status="failed"), "status_created_at_session_id_idx"),
    "completed, deep": Case(Filters(status="completed"), "status_created_at_session_id_idx", after=DEEP),
    "completed until": Case(Filters(status="completed", until=SINCE), "status_created_at_session_id_idx"),
    "completed, voice": Case(
        Filters(status="completed", channel="voice"), "status_created_at_session_id_idx", 16 * PAGE
    ),
    "newest": Case(Filters(), "pkey"),
    "newest, deep": Case(Filters(), "pkey", after=DEEP),
    "since a date": Case(Filters(since=SINCE), "pkey"),
    "of a pool": Case(Filters(pool="pool-3"), "pkey", 8 * PAGE),
    "by customer": Case(Filters(customer_id="g7"), "customer_id_created_at_session_id_idx"),
    "by phone, of two customers": Case(
        Filters(customers=("g7", "g8")), "customer_id_created_at_session_id_idx"
    ),
    "by agent": Case(Filters(agent_id="a7"), "agent_id_created_at_session_id_idx"),
    "by agent, since": Case(Filters(agent_id="a7", since=SINCE), "agent_id_created_at_session_id_idx"),
    "by queue": Case(Filters(queue="queue-7"), "queue_created_at_session_id_idx", PAGE + 400),
}


@pytest.mark.parametrize("name", CASES)
def test_a_page_is_read_by_its_index_and_of_its_months(filled: str, name: str) -> None:
    filters, by, most, after = CASES[name]
    plan = plan_of(filled, page_of(filters, after, PAGE))
    used = [one for one in plan.indexes if one.startswith("consultations")]
    assert used, plan.text
    assert all(one.endswith(by) for one in used), plan.text
    assert "Seq Scan" not in _of_full_months(plan), plan.text
    assert plan.examined <= most, plan.text
    first = filters.since or datetime(1970, 1, 1, tzinfo=UTC)
    last = min([at for at in (filters.until, after.created_at if after else None) if at], default=None)
    for one in plan.tables:
        month = one.removeprefix("consultations_")
        if month != "default":
            assert month >= f"{first:%Y_%m}", plan.text
            assert last is None or month <= f"{last:%Y_%m}", plan.text


def _of_full_months(plan: Plan) -> str:
    """The kinds of scans of partitions that have more than a page of rows."""
    every = nodes(json.loads(plan.text))
    full = [node for node in every if table(node).startswith("consultations_") and node["Plan Rows"] > 1]
    return " ".join(node["Node Type"] for node in full)


@pytest.mark.parametrize("word", ["환불", "refund"])
def test_a_rare_word_is_found_by_its_index_in_one_month(filled: str, word: str) -> None:
    begin = (MONTH - timedelta(days=40)).replace(day=1)
    end = (begin + timedelta(days=31)).replace(day=1)
    said = search_of(Filters(), f"'{word}':*", [word], begin, Cursor(end - timedelta(seconds=1), ""), 21)
    plan = plan_of(filled, said)
    month = f"{begin:%Y_%m}"
    assert set(plan.tables) == {f"chat_messages_{month}", f"consultations_{month}"}, plan.text
    assert f"chat_messages_{month}_search_words_idx" in plan.indexes, plan.text
    assert f"consultations_{month}_pkey" in plan.indexes, plan.text
    assert plan.examined < SIZE * 3 / 12 / 50, plan.text


def test_a_session_is_read_of_one_month(filled: str) -> None:
    async def newest() -> tuple[datetime, str]:
        db = await asyncpg.connect(filled)
        row = await db.fetchrow("SELECT created_at, session_id FROM consultations ORDER BY 1 DESC LIMIT 1")
        await db.close()
        assert row
        return row["created_at"], row["session_id"]

    at, session = asyncio.run(newest())
    month = f"{at:%Y_%m}"
    one = plan_of(filled, Statement(SQL["consultation"], (at, session)))
    assert (one.tables, one.examined) == ([f"consultations_{month}"], 1)
    messages = plan_of(filled, Statement(SQL["transcript"], (at, session, 0, 2**31 - 1, 1000)))
    assert (messages.tables, messages.examined) == ([f"chat_messages_{month}"], 3)
    assert messages.indexes == [f"chat_messages_{month}_pkey"]


def test_a_phone_is_looked_up_by_its_index(filled: str) -> None:
    plan = plan_of(filled, Statement(SQL["customers_of_phone"], ("+821000000007",)))
    assert plan.indexes == ["customers_phone"], plan.text


def test_the_estimate_reads_nothing(filled: str) -> None:
    async def run() -> float:
        db = await asyncpg.connect(filled)
        asked = estimate_of(Filters(status="completed"))
        (found,) = json.loads(await db.fetchval(asked.sql, *asked.arguments))
        await db.close()
        return float(found["Plan"]["Plan Rows"])

    assert asyncio.run(run()) == pytest.approx(0.7 * SIZE, rel=0.1)
