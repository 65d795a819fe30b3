"""GET /monitoring/metrics: what prober and gateways say, as one; cheap however often it is asked."""

import asyncio
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from gateway.answers import Refused
from gateway.rates import Counts, rates_between
from gateway.summaries import Summaries, summary
from schemas import lag
from schemas.codec import encode
from schemas.lag import Lag, PartitionLag
from schemas.summary import (
    CENTER_KEY,
    RATES_KEY,
    AgentsState,
    Center,
    GatewayRates,
    PoolAgents,
    QueueState,
    QueueSummary,
    Rates,
    Service,
    Summary,
)
from tests.gateway.conftest import Servers
from tests.gateway.process import GatewayProcess

PATH = "/monitoring/metrics"
CENTER = Center(
    at_ms=1_000,
    within_s=20.0,
    window_s=1800,
    queues=(
        QueueSummary(
            pool="p",
            now=QueueState(queue="q", waiting=3, longest_wait_s=7.5, estimated_wait_s=12.0),
            recent=Service(queued=4, answered=2, abandoned=1, service_level=0.5),
        ),
    ),
    pools=(PoolAgents(pool="p", at_ms=900, agents=AgentsState(serving=2, away=1)),),
)


def measured(*rows: tuple[str, int, int, float]) -> Lag:
    parts = [
        PartitionLag(group=group, topic="t", partition=number, records=records, seconds=seconds)
        for group, number, records, seconds in rows
    ]
    return Lag(at_ms=800, partitions=tuple(parts))


def until_summary(gateway: GatewayProcess, **wanted: Any) -> Any:
    """The summary with these fields; it is read anew four times a second."""
    deadline = time.monotonic() + 5
    while True:
        answer = gateway.get(PATH)
        if answer.status == 200 and all(answer.body[name] == value for name, value in wanted.items()):
            return answer.body
        assert time.monotonic() < deadline, answer
        time.sleep(0.05)


@pytest.fixture
def published(feeds: "redis.Redis") -> "redis.Redis":
    feeds.set(CENTER_KEY, encode(CENTER))
    feeds.set(
        lag.KEY, encode(measured(("persister", 0, 2, 0.5), ("persister", 1, 3, 1.5), ("notifier", 0, 0, 0.0)))
    )
    return feeds


def test_it_says_what_prober_and_gateways_say(gateway: GatewayProcess, published: "redis.Redis") -> None:
    found = until_summary(gateway, at_ms=1_000, gateways=1)
    (queue,) = found["queues"]
    assert (queue["pool"], queue["now"]["waiting"], queue["recent"]["service_level"]) == ("p", 3, 0.5)
    assert queue["now"]["estimated_wait_high_s"] is None
    assert found["pools"][0]["agents"]["serving"] == 2
    assert found["lag_at_ms"] == 800
    assert found["lag"] == [
        {"stage": "notifier", "records": 0, "seconds": 0.0},
        {"stage": "persister", "records": 5, "seconds": 1.5},
    ]


def test_rates_are_those_of_all_gateways_that_live(gateway: GatewayProcess, published: "redis.Redis") -> None:
    now_ms = int(time.time() * 1000)
    rates = Rates(starts_per_s=2.0, requests_per_s=100.0)
    published.hset(RATES_KEY, "other", encode(GatewayRates(at_ms=now_ms + 2_000, rates=rates)))
    published.hset(RATES_KEY, "dead", encode(GatewayRates(at_ms=now_ms - 6_000, rates=rates)))
    published.hset(RATES_KEY, "long dead", encode(GatewayRates(at_ms=now_ms - 700_000, rates=rates)))
    found = until_summary(gateway, gateways=2)
    assert found["rates"]["starts_per_s"] >= 2.0
    assert found["rates"]["requests_per_s"] > 100.0  # this gateway was asked, too
    assert b"long dead" not in published.hkeys(RATES_KEY)
    assert b"dead" in published.hkeys(RATES_KEY)


def test_it_is_read_seldom_however_often_it_is_asked(
    gateway: GatewayProcess, published: "redis.Redis"
) -> None:
    until_summary(gateway, at_ms=1_000)

    def reads() -> int:
        return int(published.info("commandstats").get("cmdstat_hgetall", {"calls": 0})["calls"])

    before, began = reads(), time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: gateway.get(PATH).status, range(200)))
    assert set(answers) == {200}
    assert reads() - before <= 2 + (time.monotonic() - began) / 0.25


def test_where_nobody_sums_up_it_is_not_available(gateway: GatewayProcess, feeds: "redis.Redis") -> None:
    deadline = time.monotonic() + 5
    while (answer := gateway.get(PATH)).status != 503:
        assert time.monotonic() < deadline, answer
        time.sleep(0.05)
    assert answer.body["type"] == "/problems/unavailable"
    assert int(answer.headers["retry-after"]) >= 1


def test_those_who_ask_a_silent_redis_wait_together() -> None:
    async def scenario() -> float:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            summaries = Summaries(Redis(port=port, socket_timeout=0.5, retry=Retry(NoBackoff(), 0)))
            began = time.monotonic()
            asked = [summaries.answer() for _ in range(20)]
            found = await asyncio.gather(*asked, return_exceptions=True)
            assert all(isinstance(one, Refused) and one.answer.status == 503 for one in found)
            return time.monotonic() - began

    assert asyncio.run(scenario()) < 5.0  # one after the other: 10 s


def test_prometheus_has_an_address_of_its_own(gateway: GatewayProcess, servers: Servers) -> None:
    answer = gateway.get("/metrics")
    assert answer.media_type.startswith("text/plain")
    assert b"http_requests_total{" in answer.body


def test_rates_are_differences_by_the_second() -> None:
    made = rates_between(10.0, Counts(1, 2, 3, 4, 5), 14.0, Counts(5, 2, 43, 4, 7))
    assert made == Rates(starts_per_s=1.0, requests_per_s=10.0, errors_per_s=0.5)
    assert rates_between(10.0, Counts(), 10.0, Counts(1, 1, 1, 1, 1)) == Rates()


def test_without_a_prober_the_lag_is_unknown() -> None:
    found: Summary = summary(CENTER, None, [])
    assert (found.lag_at_ms, found.lag, found.gateways) == (None, (), 0)
