"""GET /reports/intervals: what Postgres counts, for who may see it."""

import asyncio
import csv
from datetime import UTC, datetime, timedelta
from io import StringIO

import asyncpg
import pytest

from gateway.security.tokens import Role
from tests.gateway.bearers import staff
from tests.gateway.conftest import POOL, SECOND, Servers
from tests.gateway.process import GatewayProcess, Reply

BEGIN = datetime(2031, 5, 1, 9, tzinfo=UTC)
INSERT = """
INSERT INTO intervals VALUES ($1, $2, $3, $4, 'chat', 5, $5, $6, 1, 0, 0, 0, 0, 2, 1000, 0, 60000, 5000,
    '{0,1}', '{0,0,2}', '{1}')
"""
WROTE = "INSERT INTO interval_responses VALUES ($1, $2, $3, $4, 'chat', $5, 1, 900, '{0,0,1}')"


@pytest.fixture(scope="module")
def counted(servers: Servers) -> None:
    """Two intervals of one pool, one of another."""

    async def fill() -> None:
        db = await asyncpg.connect(servers.database)
        await db.execute(INSERT, BEGIN, POOL.pool, "gw-support", "", 0, 0)
        later = BEGIN + timedelta(minutes=15)
        await db.execute(INSERT, later, POOL.pool, "gw-support", "gw-agent", 3, 2)
        await db.execute(INSERT, later, POOL.pool, "gw-support", "", 0, 0)
        await db.execute(INSERT, BEGIN, SECOND.pool, "gw-other", "gw-stranger", 1, 1)
        # On two partitions, and in a quarter of which pools told nothing.
        for begin, partition in ((later, 1), (later, 2), (BEGIN + timedelta(hours=1), 1)):
            await db.execute(WROTE, begin, POOL.pool, "gw-support", "gw-agent", partition)
        await db.close()

    asyncio.run(fill())


def get_as(gateway: GatewayProcess, token: str, query: str) -> Reply:
    path = f"/reports/intervals?from=2031-05-01T00:00:00Z&to=2031-05-02{query}"
    return gateway.ask("GET", path, None, {"Authorization": f"Bearer {token}"} if token else {})


@pytest.mark.usefixtures("counted")
def test_admins_see_all_and_supervisors_their_own_pool(gateway: GatewayProcess) -> None:
    *every, last = get_as(gateway, staff("ann", Role.ADMIN), "").body["items"]
    assert [row["pool"] for row in every] == [POOL.pool, SECOND.pool, POOL.pool]
    assert [row["service_level"] for row in every] == [0.0, 0.5, 0.4]
    assert (every[2]["offered"], every[2]["waits"], every[2]["agent_id"]) == (10, [0, 2], "")
    assert (every[0]["waits"], every[0]["handles"], every[0]["begin_at"]) == (
        [0, 1],
        [0, 0, 2],
        "2031-05-01T09:00:00Z",
    )
    wrote = ("offered", "responded", "response_ms", "responses")
    assert [every[2][name] for name in wrote] == [10, 2, 1_800, [0, 0, 2]]
    assert [last[name] for name in wrote] == [0, 1, 900, [0, 0, 1]]
    assert last["service_level"] is None
    sue = staff("sue", Role.SUPERVISOR, pool=POOL.pool)
    assert {row["pool"] for row in get_as(gateway, sue, "").body["items"]} == {POOL.pool}
    assert get_as(gateway, sue, f"&pool={SECOND.pool}").status == 403


@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("&queue=gw-support", 3),
        ("&agent=gw-agent", 2),
        ("&queue=gw-support&by=agent", 4),
        ("&channel=voice", 0),
        ("&channel=chat", 4),
        ("&from=2031-05-01T09:10", 2),
        ("&to=2031-05-01T18:10:00%2B09:00", 2),
    ],
)
def test_filters(gateway: GatewayProcess, query: str, rows: int) -> None:
    assert len(get_as(gateway, "", query).body["items"]) == rows


@pytest.mark.usefixtures("counted")
def test_csv_has_a_head_and_the_same_rows(gateway: GatewayProcess) -> None:
    answer = get_as(gateway, "", "&format=csv&queue=gw-support&agent=gw-agent&to=2031-05-01T10:00Z")
    assert answer.media_type == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(StringIO(answer.body.decode())))
    assert [
        (row["begin_at"], row["agent_id"], row["answered"], row["waits"], row["responses"]) for row in rows
    ] == [
        ("2031-05-01T09:15:00+00:00", "gw-agent", "3", "0 1", "0 0 2"),
    ]


@pytest.mark.parametrize(
    "query", ["&from=yesterday", "&to=1", "&format=xml", "&from=0001-01-01T00:00%2B23:00"]
)
def test_bad_queries_are_problems(gateway: GatewayProcess, query: str) -> None:
    answer = get_as(gateway, "", query)
    assert (answer.status, answer.media_type) == (422, "application/problem+json")
