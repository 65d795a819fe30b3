"""The notifier as a process, on real Kafka and Redis."""

import asyncio
import random
import signal
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from schemas.answers import RoutingAnswered
from schemas.assignments import AgentFeed, OfferEnded, OfferMade
from schemas.audit import Decided, RoutingEvent
from schemas.codec import encode
from schemas.conversation import CommandAnswered, ConversationErased, ConversationEvent, MessageAdded
from schemas.envelope import header
from schemas.ids import partition_of
from schemas.states import Verdict
from schemas.topics import AGENT_ASSIGNMENTS, CONVERSATION_EVENTS, ROUTING_ANSWERS, ROUTING_EVENTS, Topic
from tests.workers.events import conversation, interleaved
from tests.workers.world import PARTITIONS, World, given, until

TOPICS = (CONVERSATION_EVENTS, AGENT_ASSIGNMENTS, ROUTING_ANSWERS, ROUTING_EVENTS)


def agent_feed(agent: str, entries: int) -> list[AgentFeed]:
    made: list[AgentFeed] = []
    for seq in range(1, entries + 1, 2):
        contact, session = f"s{seq}.1", f"s{seq}"
        made += [
            OfferMade(
                agent_id=agent,
                seq=seq,
                contact_id=contact,
                session_id=session,
                customer_id="c",
                queue="q",
                offer_epoch=1,
                timeout_s=20,
            ),
            OfferEnded(agent_id=agent, seq=seq + 1, contact_id=contact, reason="timeout"),
        ]
    return made


def verdict(request_id: str) -> RoutingAnswered:
    return RoutingAnswered(pool="p", request_id=request_id, reply_to="g1", verdict=Verdict.ACCEPTED)


def pool_event(pool: str, seq: int) -> RoutingEvent:
    return RoutingEvent(pool=pool, event=Decided.OFFERED, contact_id=f"s{seq}.1", seq=seq)


async def feed(redis: Redis, key: str) -> list[tuple[bytes, bytes]]:
    """Ids and JSON of a feed."""
    found: Any = await redis.xrange(key)
    return [(id_, fields[b"d"]) for id_, fields in found]


def expected(entries: Sequence[MessageAdded | AgentFeed | RoutingEvent]) -> list[tuple[bytes, bytes]]:
    return [(b"%d-0" % entry.seq, encode(entry)) for entry in entries]


def messages(events: Sequence[ConversationEvent]) -> list[MessageAdded]:
    return [event for event in events if isinstance(event, MessageAdded)]


@asynccontextmanager
async def connected(world: World) -> AsyncIterator[Redis]:
    redis = Redis.from_url(world.redis_url)
    try:
        yield redis
    finally:
        await redis.aclose()


def run(world: World, scenario: Callable[[Redis], Awaitable[None]]) -> None:
    async def with_redis() -> None:
        async with connected(world) as redis:
            await scenario(redis)

    asyncio.run(with_redis())


async def hear(told: PubSub, count: int) -> dict[str, list[bytes]]:
    """The next `count` publications, by channel."""
    heard: dict[str, list[bytes]] = defaultdict(list)
    async with asyncio.timeout(20.0):
        async for message in told.listen():
            if message["type"] != "psubscribe":
                heard[message["channel"].decode()].append(message["data"])
            if sum(map(len, heard.values())) == count:
                break
    return heard


async def noted(world: World, redis: Redis, topic: Topic) -> int:
    """The sum of the topic's positions."""
    keys = [f"notifier:{world.name(topic)}:{partition}" for partition in range(PARTITIONS)]
    return sum(int(value or 0) for value in await redis.mget(keys))


async def until_noted(world: World, redis: Redis, count: int, topic: Topic = CONVERSATION_EVENTS) -> None:
    """Waits until so many records are behind the notifier."""

    async def come_so_far() -> bool:
        return await noted(world, redis, topic) >= count

    await until(come_so_far, f"{count} records noted")


def test_feeds_hold_every_entry_and_gateways_are_told(world: World, rng: random.Random) -> None:
    async def scenario(redis: Redis) -> None:
        sessions = [conversation(rng, number % PARTITIONS) for number in range(12)]
        feeds = {f"a{number}": agent_feed(f"a{number}", 20) for number in range(3)}
        await world.create(*TOPICS)
        async with redis.pubsub() as told:
            await told.psubscribe("nudge:*", "gateway:g1")
            events = [given(event, partition_of(event.session_id)) for event in interleaved(rng, sessions)]
            entries = [given(e, n) for n, made in enumerate(feeds.values()) for e in made]
            await world.produce(CONVERSATION_EVENTS, events)
            await world.produce(AGENT_ASSIGNMENTS, entries)
            decided = [pool_event("p1", seq) for seq in range(1, 31)]
            await world.produce(ROUTING_EVENTS, [(1, "p1", encode(event)) for event in decided])
            verdicts = [verdict(f"r{number}") for number in range(9)]
            await world.produce(ROUTING_ANSWERS, [(n % 3, "g1", encode(v)) for n, v in enumerate(verdicts)])
            with world.worker("notifier") as process:
                heard = await hear(told, 12 * 6 + 60 + 30 + 9)
                process.send_signal(signal.SIGTERM)
                assert process.wait(5.0) == 0
        for session in sessions:
            key = session[0].session_id
            assert await feed(redis, f"session:{key}") == expected(messages(session))
            assert heard[f"nudge:session:{key}"] == [encode(one) for one in messages(session)]
            assert 0 < await redis.ttl(f"session:{key}") <= 3600
            assert await redis.get(f"status:session:{key}") == encode(session[-1])
        for agent, made in feeds.items():
            assert await feed(redis, f"agent:{agent}") == expected(made)
            assert heard[f"nudge:agent:{agent}"] == [encode(one) for one in made]
        assert await feed(redis, "pool:p1") == expected(decided)
        assert heard["nudge:pool:p1"] == [encode(one) for one in decided]
        answers = [encode(e) for session in sessions for e in session if isinstance(e, CommandAnswered)]
        assert sorted(heard["gateway:g1"]) == sorted([*answers, *map(encode, verdicts)])

    run(world, scenario)


@pytest.mark.parametrize("kills", [3, pytest.param(12, marks=pytest.mark.faults)])
def test_killed_in_mid_batch(world: World, rng: random.Random, kills: int) -> None:
    async def scenario(redis: Redis) -> None:
        sessions = [conversation(rng, number % PARTITIONS, messages=6) for number in range(400 * kills)]
        events = [given(event, partition_of(event.session_id)) for event in interleaved(rng, sessions)]
        await world.create(*TOPICS)
        await world.produce(CONVERSATION_EVENTS, events)
        for number in range(1, kills + 1):
            with world.worker("notifier", batch_records=20):
                await until_noted(world, redis, len(events) * number // (kills + 1))
                # Not a wait for anything: the instant is to be a random one.
                await asyncio.sleep(rng.uniform(0, 0.01))
            assert await noted(world, redis, CONVERSATION_EVENTS) < len(events), "killed too late to count"
        with world.worker("notifier"):
            await until_noted(world, redis, len(events))
        for session in sessions:
            assert await feed(redis, f"session:{session[0].session_id}") == expected(messages(session))

    run(world, scenario)


@pytest.mark.parametrize("alive", [True, False], ids=["beneath a running notifier", "while it was down"])
def test_a_lost_redis_is_filled_again(world: World, rng: random.Random, alive: bool) -> None:
    async def scenario(redis: Redis) -> None:
        session = conversation(rng, 1, messages=10)
        events = [given(event, 1) for event in session]
        await world.create(*TOPICS)
        await world.produce(CONVERSATION_EVENTS, events[:20])
        with world.worker("notifier"):
            await until_noted(world, redis, 20)
            if alive:
                await redis.flushdb()
                await world.produce(CONVERSATION_EVENTS, events[20:])
                await until_noted(world, redis, len(events))
        if not alive:
            await redis.flushdb()
            await world.produce(CONVERSATION_EVENTS, events[20:])
            with world.worker("notifier"):
                await until_noted(world, redis, len(events))
        assert await feed(redis, f"session:{session[0].session_id}") == expected(messages(session))

    run(world, scenario)


def test_equal_records_at_new_offsets_are_told_once(world: World, rng: random.Random) -> None:
    async def scenario(redis: Redis) -> None:
        entries = agent_feed("a1", 6)
        await world.create(*TOPICS)
        again = [given(entry, 0) for entry in (*entries, *entries, agent_feed("a1", 8)[6])]
        async with redis.pubsub() as told:
            await told.psubscribe("nudge:agent:a1")
            with world.worker("notifier"):
                await world.produce(AGENT_ASSIGNMENTS, again)
                heard = await hear(told, 7)
        new = [*entries, agent_feed("a1", 8)[6]]
        assert heard["nudge:agent:a1"] == [encode(entry) for entry in new]
        assert await feed(redis, "agent:a1") == expected(new)

    run(world, scenario)


def test_an_unreadable_entry_is_set_aside_and_the_rest_noted(world: World, rng: random.Random) -> None:
    async def scenario(redis: Redis) -> None:
        entries = agent_feed("a1", 4)
        await world.create(*TOPICS)
        records = [given(entry, 0) for entry in entries]
        records.insert(2, (0, "a1", b"{}"))
        await world.produce(AGENT_ASSIGNMENTS, records)
        await world.produce(ROUTING_ANSWERS, [(2, "g1", encode(verdict("r"))), (2, "g1", b"{}")])
        await world.produce(CONVERSATION_EVENTS, [(0, "s", b"{}")])
        with world.worker("notifier"):
            await until_noted(world, redis, 5, AGENT_ASSIGNMENTS)
            await until_noted(world, redis, 2, ROUTING_ANSWERS)
            await until_noted(world, redis, 1)
        assert await feed(redis, "agent:a1") == expected(entries)
        for topic, place in ((AGENT_ASSIGNMENTS, "0:2"), (ROUTING_ANSWERS, "2:1")):
            letters = await world.read(world.prefix + topic.dlq)
            assert [header(one.headers, "id") for one in letters] == [f"{world.name(topic)}:{place}"]
        # The persister sets these aside.
        assert await world.read(world.prefix + CONVERSATION_EVENTS.dlq) == []

    run(world, scenario)


def test_of_an_erased_session_nothing_is_left(world: World, rng: random.Random) -> None:
    async def scenario(redis: Redis) -> None:
        gone, kept = conversation(rng), conversation(rng)
        erased = ConversationErased(session_id=gone[0].session_id)
        log = [given(event, 0) for event in (*gone, *kept, erased)]
        await world.create(*TOPICS)
        await world.produce(CONVERSATION_EVENTS, log)
        with world.worker("notifier"):
            await until_noted(world, redis, len(log))
        names = [str(name, "ascii") for name in await redis.keys("*session:*")]  # type: ignore[arg-type]
        assert sorted(names) == [f"session:{kept[0].session_id}", f"status:session:{kept[0].session_id}"]

    run(world, scenario)
