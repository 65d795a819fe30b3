"""A client that is cut off anywhere and goes on elsewhere hears every entry once, whatever became of Redis.

The records are in Kafka, a real notifier brings them to Redis, two gateways read there."""

import asyncio
import itertools
import json
import random
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import redis
from websockets.asyncio.client import ClientConnection, connect

from schemas.assignments import OfferEnded
from schemas.audit import Decided, RoutingEvent
from schemas.codec import Record, encode
from schemas.ids import partition_of
from schemas.topics import AGENT_ASSIGNMENTS, CONVERSATION_EVENTS, ROUTING_ANSWERS, ROUTING_EVENTS, Topic
from tests.gateway.conftest import Servers
from tests.gateway.feeds import added
from tests.gateway.pool_feed import ShownPool, showing
from tests.gateway.process import GatewayProcess
from tests.gateway.test_agent_socket import state, token
from tests.workers.world import PARTITIONS, World

ENTRIES = 100
CUTS = 5
WITHIN_S = 90.0
Frame = dict[str, Any]


class Client:
    """Reads one feed over sockets that are cut off; `address` is where to go on after the last entry, `first`
    the frame that says the same; `opened` is what another part does when a socket opens."""

    def __init__(
        self,
        address: Callable[[int], str],
        feed: str,
        first: Callable[[int], Frame] | None = None,
        opened: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.seqs: list[int] = []
        self.resets = 0
        self._address, self._feed, self._first, self._opened = address, feed, first, opened

    @property
    def last(self) -> int:
        return self.seqs[-1] if self.seqs else 0

    async def read(self, gateway: GatewayProcess, until: int) -> None:
        """Up to the entry `until`, on this gateway."""
        async with self._open(gateway) as socket:
            while self.last < until:
                frame = json.loads(await socket.recv())
                self.resets += frame.get("type") == "reset"
                if frame.get("feed") == self._feed and "seq" in frame:
                    self.seqs.append(frame["seq"])

    @asynccontextmanager
    async def _open(self, gateway: GatewayProcess) -> AsyncIterator[ClientConnection]:
        async with connect(gateway.url + self._address(self.last), max_size=None) as socket:
            if self._first:
                await socket.send(json.dumps(self._first(self.last)))
            if self._opened:
                await self._opened()
            yield socket
            # As when the network is cut: without a word.
            socket.transport.abort()


@pytest.fixture(scope="module")
def both(servers: Servers) -> Iterator[list[GatewayProcess]]:
    """Two gateways."""
    made = [GatewayProcess(servers.environment) for _ in range(2)]
    for one in made:
        one.start()
    yield made
    for one in made:
        assert one.stop() == 0


@pytest.fixture(scope="module")
def world(servers: Servers) -> Iterator[World]:
    """With the topics and a notifier on them."""
    made = World(servers.kafka, f"t{uuid.uuid4().hex[:8]}.", servers.database, servers.redis)
    asyncio.run(made.create(CONVERSATION_EVENTS, AGENT_ASSIGNMENTS, ROUTING_ANSWERS, ROUTING_EVENTS))
    with made.worker("notifier", audit_s=0.1):
        yield made


Append = Callable[[int], Awaitable[None]]


def told(world: World, topic: Topic, entry_of: Callable[[int], Record], partition: int) -> Append:
    """Appends an entry to the log."""

    async def append(seq: int) -> None:
        await world.produce(topic, [(partition, "k", encode(entry_of(seq)))])

    return append


async def story(
    both: list[GatewayProcess], client: Client, append: Append, feeds: "redis.Redis", rng: random.Random
) -> None:
    """Entries are appended while the client reads, is cut off and goes on; twice Redis loses everything."""
    cuts = sorted(rng.sample(range(1, ENTRIES), CUTS))
    losses = set(rng.sample(range(1, ENTRIES), 2))

    async def write() -> None:
        for seq in range(1, ENTRIES + 1):
            await append(seq)
            if seq in losses:
                feeds.flushall()

    writing = asyncio.create_task(write())
    async with asyncio.timeout(WITHIN_S):
        for cut in [*cuts, ENTRIES]:
            await client.read(rng.choice(both), cut)
        feeds.flushall()
        await client.read(both[0], ENTRIES)
        await writing
    assert client.seqs == list(range(client.seqs[0], ENTRIES + 1)), f"cuts {cuts}, losses {losses}"
    assert client.resets == 0


def test_a_customers_transcript(
    both: list[GatewayProcess], world: World, feeds: "redis.Redis", rng: random.Random
) -> None:
    session = both[0].post("/chat/start", {"customer_id": "c"}).body["session_id"]
    client = Client(lambda last: f"/ws/customer?session_id={session}&last_seq={last}", "session")
    place = partition_of(session) % PARTITIONS
    append = told(world, CONVERSATION_EVENTS, lambda seq: added(session, seq), place)
    asyncio.run(story(both, client, append, feeds, rng))
    assert client.seqs[0] == 1


def test_an_agents_feed(
    both: list[GatewayProcess], world: World, feeds: "redis.Redis", rng: random.Random
) -> None:
    agent = "gw-agent"

    def entry(seq: int) -> Record:
        if seq == 1:
            return state(agent, 1)
        return OfferEnded(agent_id=agent, seq=seq, contact_id="c", reason="timeout")

    client = Client(lambda last: f"/ws/agent?token={token(agent)}&last_seq={last}", "agent")
    append = told(world, AGENT_ASSIGNMENTS, entry, 1)
    asyncio.run(story(both, client, append, feeds, rng))
    assert client.seqs[0] == 1


def test_a_transcript_that_an_agent_holds(
    both: list[GatewayProcess], world: World, feeds: "redis.Redis", rng: random.Random
) -> None:
    agent = "another-agent"
    session = both[0].post("/chat/start", {"customer_id": "c"}).body["session_id"]
    numbers = itertools.count(1)

    async def say_state() -> None:
        """The pool's answer to a socket's presence."""
        entry = state(agent, next(numbers), session)
        await world.produce(AGENT_ASSIGNMENTS, [(0, agent, encode(entry))])

    client = Client(
        lambda last: f"/ws/agent?token={token(agent)}&last_seq=0",
        "session",
        lambda last: {"type": "resume", "agent_seq": 0, "sessions": {session: last}},
        say_state,
    )
    append = told(world, CONVERSATION_EVENTS, lambda seq: added(session, seq), 2)
    asyncio.run(story(both, client, append, feeds, rng))
    assert client.seqs[0] == 1


def test_a_pools_events(
    both: list[GatewayProcess],
    servers: Servers,
    world: World,
    feeds: "redis.Redis",
    rng: random.Random,
) -> None:
    pool = ShownPool()
    client = Client(lambda last: f"/ws/supervisor?last_seq={last}", "pool")

    def entry(seq: int) -> Record:
        return RoutingEvent(pool="gw-pool", event=Decided.ENQUEUED, seq=seq)

    with showing(servers, feeds, pool):
        append = told(world, ROUTING_EVENTS, entry, 0)

        async def decide(seq: int) -> None:
            pool.seq = seq
            await append(seq)

        asyncio.run(story(both, client, decide, feeds, rng))
    assert client.seqs[0] == 1
