"""What `make sweep` stands on: too small a pool waits on a slow line, and the page is written in place."""

import asyncio

import pytest
from prometheus_client import REGISTRY

from gateway.database import Database, connect
from gateway.settings import GatewaySettings
from infra.stack import LocalStack
from infra.stack.ports import LOOPBACK
from tests.bench.slow_line import slow_line
from tests.bench.sweep import DOCUMENT, PLANS, put

READS, SLOW_S = 12, 0.05


def test_by_littles_law_a_pool_that_is_too_small_makes_readers_wait_and_a_larger_one_does_not(
    stack: LocalStack,
) -> None:
    with slow_line(int(stack.postgres.address.rsplit(":", 1)[1].partition("/")[0]), SLOW_S) as port:
        _, _, database = stack.postgres.address.rpartition("/")
        url = f"postgresql://aicc@{LOOPBACK}:{port}/{database}"
        one, many = (asyncio.run(_waited_s(url, connections)) for connections in (1, READS))
    # Each waits for all who came before.
    assert one >= SLOW_S * sum(range(READS)) / READS * 0.9
    assert many < one / 2


async def _waited_s(url: str, connections: int) -> float:
    """How long a reader waited for a connection on average, of READS that come at once."""
    settings = GatewaySettings(database_url=url, database_connections=connections)
    pool = await connect(settings)
    database = Database(pool, 30.0)
    try:
        # The first use of a connection opens it.
        await asyncio.gather(*(database.fetchval("SELECT pg_sleep(0.1)") for _ in range(connections)))
        before = _waits_s()
        await asyncio.gather(*(database.fetchval("SELECT 1") for _ in range(READS)))
        return (_waits_s() - before) / READS
    finally:
        await pool.close()


def _waits_s() -> float:
    return REGISTRY.get_sample_value("aicc_database_wait_seconds_sum") or 0.0


def test_the_page_has_a_place_for_every_plan_and_is_written_there_alone() -> None:
    document = DOCUMENT.read_text()
    for name in (*PLANS, "capacity-plan"):
        written = put(document, name, f"## {name}\n\nnew \\1\n")
        begin, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
        assert f"{begin}## {name}\n\nnew \\1{end}" in written
        assert written.partition(begin)[0] == document.partition(begin)[0]
        assert written.partition(end)[2] == document.partition(end)[2]
        assert put(written, name, f"## {name}\n\nnew \\1\n") == written
    with pytest.raises(ValueError, match="has no marks"):
        put(document, "nothing", "")
