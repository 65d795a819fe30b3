"""Pages of history from Redis: served while nothing of them changed, and not once that was raised."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import asyncpg
import pytest
from msgspec import structs
from redis.asyncio import Redis

from gateway.filters import Filters
from gateway.history import Page
from gateway.history_cache import history_cache
from gateway.security.tokens import Role
from gateway.settings import GatewaySettings
from infra.stack.ports import free_ports
from runtime.metrics import HISTORY_CACHE
from schemas.codec import encode
from schemas.config import Agent, PoolConfig, Queue
from schemas.conversation import ConsultationChanged, ConversationErased, ConversationRated
from schemas.history_versions import EPOCH, KEY, customer_tag
from schemas.ids import session_id
from schemas.topics import CONFIG, CONVERSATION_COMMANDS, CONVERSATION_EVENTS, ERASURES
from tests.gateway.bearers import staff
from tests.gateway.conftest import POOL, SECOND, Servers
from tests.gateway.past import Past, store
from tests.gateway.process import GatewayProcess
from tests.waiting import until
from tests.workers.events import NOW_MS, changed
from tests.workers.persister.stored import until_stored
from tests.workers.world import World, given

LONG_S = 600.0
"""Nothing ends by itself while a test runs."""

PATIENT_S = 5.0
FILTERS = Filters(customer_id="kim")


class Postgres:
    """Counts what it is asked, and says so."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self) -> Page:
        self.asked += 1
        return Page(items=[], next_cursor=None, total_estimate=self.asked)


@asynccontextmanager
async def cache(url: str, kept_s: float = LONG_S, wait_s: float = PATIENT_S) -> Any:
    made = history_cache(GatewaySettings(redis_url=url, history_cache_s=kept_s, history_cache_wait_s=wait_s))
    async with Redis.from_url(url) as redis:
        if wait_s == PATIENT_S:
            await redis.hset(KEY, EPOCH, "first")
        try:
            yield made, redis
        finally:
            await made.close()


def run(story: Callable[[], Awaitable[None]]) -> None:
    async def inside() -> None:
        await story()

    asyncio.run(inside())


def test_an_equal_request_is_not_asked_of_postgres_until_a_version_is_raised(redis_url: str) -> None:
    async def story() -> None:
        postgres = Postgres()
        async with cache(redis_url) as (pages, redis):
            first = await pages.page(FILTERS, None, 20, postgres)
            assert await pages.page(FILTERS, None, 20, postgres) == first
            await redis.hincrby(KEY, customer_tag("lee"), 1)
            assert await pages.page(FILTERS, None, 20, postgres) == first
            assert postgres.asked == 1
            await redis.hincrby(KEY, customer_tag("kim"), 1)
            assert await pages.page(FILTERS, None, 20, postgres) != first
            await pages.page(FILTERS, None, 20, postgres)
            assert postgres.asked == 2
            await pages.forget()
            await pages.page(FILTERS, None, 20, postgres)
            assert postgres.asked == 3

    run(story)


def test_a_page_is_its_filters_its_size_and_its_readers(redis_url: str) -> None:
    async def story() -> None:
        postgres = Postgres()
        async with cache(redis_url) as (pages, _):
            of = [
                FILTERS,
                structs.replace(FILTERS, pool="p1"),
                structs.replace(FILTERS, pool="p2"),
                structs.replace(FILTERS, status="completed"),
                Filters(agent_id="kim"),
            ]
            for number, filters in enumerate(of, 1):
                await pages.page(filters, None, 20, postgres)
                assert postgres.asked == number
            await pages.page(FILTERS, None, 21, postgres)
            assert postgres.asked == len(of) + 1

    run(story)


def test_what_is_raised_while_postgres_is_asked_is_not_kept(redis_url: str) -> None:
    async def story() -> None:
        postgres = Postgres()
        async with cache(redis_url) as (pages, redis):

            async def meanwhile() -> Page:
                page = await postgres()
                await redis.hincrby(KEY, customer_tag("kim"), 1)
                return page

            await pages.page(FILTERS, None, 20, meanwhile)
            await pages.page(FILTERS, None, 20, postgres)
            assert postgres.asked == 2

    run(story)


def test_after_a_loss_of_redis_nothing_from_before_is_served(redis_url: str) -> None:
    async def story() -> None:
        postgres = Postgres()
        async with cache(redis_url) as (pages, redis):

            async def meanwhile() -> Page:
                page = await postgres()
                await redis.flushdb()
                return page

            await pages.page(FILTERS, None, 20, meanwhile)
            assert await redis.keys("history:*")
            for wanted in (2, 3, 3):
                # The first one makes an epoch, the next one has it from the beginning.
                await pages.page(FILTERS, None, 20, postgres)
                assert postgres.asked == wanted

    run(story)


def test_none_is_kept_for_longer_than_it_should_be_nor_one_that_is_large(redis_url: str) -> None:
    async def story() -> None:
        postgres = Postgres()
        async with cache(redis_url, kept_s=0.3) as (pages, redis):

            async def late() -> Page:
                page = await postgres()
                await asyncio.sleep(0.4)
                return page

            await pages.page(FILTERS, None, 20, late)
            assert await redis.keys("history:*") == [KEY.encode()]

            async def large() -> Page:
                return Page(items=[], next_cursor="x" * 300_000)

            await pages.page(FILTERS, None, 20, large)
            assert await redis.keys("history:*") == [KEY.encode()]
            await pages.page(FILTERS, None, 20, postgres)

            async def asked_again() -> bool:
                await pages.page(FILTERS, None, 20, postgres)
                return postgres.asked == 3

            await until(asked_again, 20, "the page never ends")

    run(story)


@contextmanager
def silent() -> Iterator[str]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def errors() -> float:
    value: float = HISTORY_CACHE.labels("error")._value.get()
    return value


@pytest.mark.parametrize("hangs", [True, False])
def test_without_redis_postgres_is_asked(hangs: bool) -> None:
    async def story(url: str) -> None:
        postgres, before = Postgres(), errors()
        async with cache(url, kept_s=0.2, wait_s=0.05) as (pages, _):
            for wanted in (1, 2, 3):
                await pages.page(FILTERS, None, 20, postgres)
                assert postgres.asked == wanted
            assert errors() - before == 3
            began = time.monotonic()
            await pages.forget()
            assert time.monotonic() - began >= 0.2

    if hangs:
        with silent() as url:
            asyncio.run(story(url))
    else:
        asyncio.run(story(f"redis://127.0.0.1:{free_ports(1)[0]}/0"))


class Center(NamedTuple):
    """A gateway that keeps pages, and the persister, on a database and a Redis of their own."""

    gateway: GatewayProcess
    world: World

    def page(self, query: str, token: str = "") -> list[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self.gateway.ask("GET", f"/consultation/history?{query}", None, headers)
        assert answer.status == 200
        items: list[dict[str, Any]] = answer.body["items"]
        return items

    def counted(self, result: str) -> float:
        """How often the cache had that result."""
        line = f'aicc_gateway_history_cache_total{{result="{result}"}} '
        found = [row for row in self.gateway.get("/metrics").body.decode().splitlines() if line in row]
        return float(found[0].removeprefix(line)) if found else 0.0

    def say(self, *events: ConsultationChanged | ConversationRated | ConversationErased) -> None:
        records = [given(event, 0) for event in events]
        asyncio.run(self.world.produce(CONVERSATION_EVENTS, records))

    def shows(self, query: str, wanted: Callable[[list[dict[str, Any]]], bool]) -> None:
        """Waits until the page does, and reads it once more, so that it is kept."""
        asyncio.run(until(lambda: wanted(self.page(query)), 20, f"{query}: {self.page(query)}"))
        assert wanted(self.page(query))


@pytest.fixture
def center(servers: Servers, topic_prefix: str, redis_url: str) -> Iterator[Center]:
    world = World(servers.kafka, topic_prefix, servers.database, redis_url)
    asyncio.run(world.create(CONVERSATION_EVENTS, CONFIG, ERASURES, CONVERSATION_COMMANDS))
    gateway = GatewayProcess(
        replace(servers, redis=redis_url).environment,
        history_cache_s=LONG_S,
        history_cache_wait_s=PATIENT_S,
    )
    gateway.start()
    yield Center(gateway, world)
    gateway.stop()


def execute(url: str, sql: str, *arguments: object) -> None:
    async def inside() -> None:
        db = await asyncpg.connect(url)
        await db.execute(sql, *arguments)
        await db.close()

    asyncio.run(inside())


def consultation(number: int, version: int, agent: str = "", name: str = "") -> ConsultationChanged:
    return structs.replace(
        changed(session_id(0, NOW_MS + number, number), version, "cached", name=name), agent_id=agent
    )


def test_what_the_persister_has_stored_is_there_at_once(center: Center) -> None:
    one, other, session = (consultation(n, 1).session_id for n in (1, 2, 1))
    everything = f"from={datetime.fromtimestamp(NOW_MS // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
    customer, ada = "customer_id=cached", "agent_id=ada"

    def versions(items: list[dict[str, Any]]) -> dict[str, int]:
        return {item["session_id"]: item["version"] for item in items}

    with center.world.worker("persister", redis_timeout_s=PATIENT_S):
        center.say(consultation(1, 1))
        for query in (customer, everything):
            center.shows(query, lambda items: versions(items) == {one: 1})
        center.say(consultation(2, 1), consultation(1, 2, "ada"))
        for query in (customer, everything):
            center.shows(query, lambda items: versions(items) == {one: 2, other: 1})
        center.shows(ada, lambda items: versions(items) == {one: 2})
        # Another one of the customer's, of another agent, gives a name that is on ada's page.
        center.say(consultation(2, 2, "bo", name="Kim"))
        center.shows(ada, lambda items: items[0]["customer_name"] == "Kim")
        center.say(ConversationRated(session_id=session, rating=4, comment="", at_ms=NOW_MS))
        for query in (ada, customer, everything):
            center.shows(query, lambda items: 4 in [item.get("rating") for item in items])
        pool = PoolConfig(
            pool="p",
            partition=0,
            version=1,
            queues=(Queue(name="q"),),
            agents=(Agent(id="ada", name="Ada", queues=("q",)),),
        )
        asyncio.run(center.world.produce(CONFIG, [(0, "p", encode(pool))]))
        for query in (ada, customer, everything):
            center.shows(query, lambda items: "Ada" in [item["agent_name"] for item in items])
        # ada is lost: nothing in the row says whose it was.
        center.say(consultation(1, 3))
        center.shows(ada, lambda items: not items)
        center.say(ConversationErased(session_id=other))
        for query in (customer, everything):
            center.shows(query, lambda items: versions(items) == {one: 3})
        assert center.counted("hit") > 10
        assert center.counted("error") == 0


def test_until_the_persister_says_so_a_page_is_kept_and_when_it_starts_none_is(center: Center) -> None:
    path = "customer_id=aside"
    store(center.world.database_url, [Past(0, "aside"), Past(1, "aside")])
    # The first one may have made the epoch.
    assert len(center.page(path)) == len(center.page(path)) == 2
    # As a persister that is killed between the commit and the raise.
    execute(center.world.database_url, "DELETE FROM consultations WHERE customer_id = 'aside'")
    assert len(center.page(path)) == 2
    with center.world.worker("persister", redis_timeout_s=PATIENT_S):
        center.shows(path, lambda items: not items)


def test_who_is_erased_is_on_no_page_after_the_answer(center: Center) -> None:
    path = "customer_id=gone"
    store(center.world.database_url, [Past(10, "gone")])
    assert len(center.page(path)) == len(center.page(path)) == 1
    execute(center.world.database_url, "DELETE FROM consultations WHERE customer_id = 'gone'")
    columns = "erasure_id, customer, at, done_at, customers, consultations, messages, deliveries"
    done = f"INSERT INTO erasures ({columns})"
    execute(center.world.database_url, f"{done} VALUES ('e', 'd', now(), now(), 1, 1, 0, 0)")
    assert len(center.page(path)) == 1
    assert center.gateway.get("/admin/erasures/e").status == 200
    assert center.page(path) == []


def test_nobody_is_served_what_another_may_see(center: Center) -> None:
    path = "customer_id=shared"
    of = [Past(20, "shared", pool=POOL.pool), Past(21, "shared", pool=SECOND.pool), Past(22, "shared")]
    store(center.world.database_url, of)
    wanted = {"": [2, 1, 0], POOL.pool: [2, 0], SECOND.pool: [2, 1]}
    for _ in range(3):
        for pool, numbers in wanted.items():
            found = center.page(path, staff("sue", Role.SUPERVISOR, pool))
            assert [item["session_id"] for item in found] == [of[number].session for number in numbers]
    assert center.counted("hit") >= 3


def test_without_redis_the_persister_stores_on(world: World) -> None:
    async def scenario() -> None:
        await world.create(CONVERSATION_EVENTS, CONFIG)
        with silent() as url, replace(world, redis_url=url).worker("persister"):
            for number in (1, 2, 3):
                await world.produce(CONVERSATION_EVENTS, [given(consultation(number, 1), 0)])
                await until_stored(world, number)

    asyncio.run(scenario())


@pytest.fixture
def world(servers: Servers, topic_prefix: str, redis_url: str) -> World:
    return World(servers.kafka, topic_prefix, servers.database, redis_url)
