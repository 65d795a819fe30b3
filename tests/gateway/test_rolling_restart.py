"""Two gateways, restarted one after the other under load: no call fails and no entry is lost or doubled."""

import asyncio
import json
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from typing import Any

import pytest
import redis
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.gateway.conftest import Servers
from tests.gateway.feeds import write
from tests.gateway.pool_feed import ShownPool, decide, event, showing
from tests.gateway.process import GatewayProcess
from tests.gateway.test_agent_socket import made, put, state, token

CALLERS, CUSTOMERS = 6, 8
EVERY_S = 0.02
WITHIN_S = 60.0


class Balancer:
    """Knows which gateway takes new connections, as a load balancer that asks for readiness does."""

    def __init__(self, gateways: list[GatewayProcess]) -> None:
        self.ready = set(gateways)
        self._gateways = gateways
        self._next = count()

    def choose(self) -> GatewayProcess:
        while True:
            one = self._gateways[next(self._next) % len(self._gateways)]
            if one in self.ready:
                return one


class Calls:
    """Calls on connections that are kept, one after the other."""

    def __init__(self, balancer: Balancer) -> None:
        self.statuses: list[int] = []
        self.cut_off = 0
        self._balancer = balancer

    async def run(self, over: asyncio.Event) -> None:
        while not over.is_set():
            gateway = self._balancer.choose()
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
            except OSError:
                await asyncio.sleep(EVERY_S)
                continue
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._keep_calling(reader, writer, over)
            writer.close()

    async def _keep_calling(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, over: asyncio.Event
    ) -> None:
        body = b'{"customer_id":"c"}'
        head = f"POST /chat/start HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        while not over.is_set() and not reader.at_eof():
            writer.write(head + body)
            self.cut_off += 1
            found = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in found.split(b"\r\n") if line.startswith(b"content-length"))
            await reader.readexactly(int(length.split(b":")[1]))
            self.cut_off -= 1
            self.statuses.append(int(found.split(b" ", 2)[1]))
            if b"connection: close" in found:
                return
            await asyncio.sleep(EVERY_S)


class Follower:
    """Follows one feed and comes again where it is told to."""

    def __init__(
        self, balancer: Balancer, feed: str, address: Callable[[int], str], first: Any = None
    ) -> None:
        self.seqs: list[int] = []
        self.hints: list[int] = []
        self.codes: set[int] = set()
        self.connected = 0
        self._balancer, self._feed, self._address, self._first = balancer, feed, address, first

    @property
    def last(self) -> int:
        return self.seqs[-1] if self.seqs else 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            with suppress(OSError, InvalidHandshake, ConnectionClosed):
                await self._follow()
            await asyncio.sleep(EVERY_S)

    async def _follow(self) -> None:
        async with connect(self._balancer.choose().url + self._address(self.last)) as socket:
            if self._first:
                await socket.send(json.dumps(self._first(self.last)))
            self.connected += 1
            try:
                while True:
                    frame = json.loads(await socket.recv())
                    if frame.get("type") == "reconnect":
                        self.hints.append(frame["after_ms"])
                    elif frame.get("feed") == self._feed:
                        self.seqs.append(frame["seq"])
            except ConnectionClosed as closed:
                self.codes.add(closed.rcvd.code if closed.rcvd else 1006)


@pytest.fixture
def gateways(servers: Servers) -> Iterator[list[GatewayProcess]]:
    made = [GatewayProcess(servers.environment) for _ in range(2)]
    for one in made:
        one.start()
    yield made
    for one in made:
        one.stop()


def test_a_rolling_restart_loses_nothing(
    gateways: list[GatewayProcess], servers: Servers, feeds: "redis.Redis", rng: random.Random
) -> None:
    balancer = Balancer(list(gateways))
    sessions = [
        gateways[0].post("/chat/start", {"customer_id": "c"}).body["session_id"] for _ in range(CUSTOMERS)
    ]
    held = sessions[0]
    put(feeds, state("gw-agent", 1), made("gw-agent", 2, held))

    def customer(session: str) -> Callable[[int], str]:
        return lambda last: f"/ws/customer?session_id={session}&last_seq={last}"

    def agent(_: int) -> str:
        return f"/ws/agent?token={token('gw-agent')}&last_seq=2"

    def resume(last: int) -> dict[str, Any]:
        return {"type": "resume", "agent_seq": 2, "sessions": {held: last}}

    followers = [
        *(Follower(balancer, "session", customer(session)) for session in sessions),
        Follower(balancer, "session", agent, resume),
        Follower(balancer, "pool", lambda last: f"/ws/supervisor?last_seq={last}"),
    ]
    callers = [Calls(balancer) for _ in range(CALLERS)]
    pool = ShownPool()
    written = 0

    async def restart() -> None:
        for one in gateways:
            # Chosen while it stops, too: nobody knows at once, and connecting fails.
            assert await asyncio.to_thread(one.stop) == 0
            balancer.ready.discard(one)
            await asyncio.to_thread(one.start)
            balancer.ready.add(one)

    async def load(over: asyncio.Event) -> None:
        nonlocal written
        while not over.is_set():
            written += 1
            for session in sessions:
                write(feeds, session, written)
            pool.seq = written
            decide(feeds, event(written))
            await asyncio.sleep(EVERY_S * rng.random())

    async def all_heard() -> None:
        while any(one.last < written for one in followers):
            await asyncio.sleep(EVERY_S)

    async def story() -> None:
        over = asyncio.Event()
        following = [asyncio.create_task(one.run()) for one in followers]
        calling = [asyncio.create_task(one.run(over)) for one in callers]
        loading = asyncio.create_task(load(over))
        while not all(one.seqs for one in followers):
            await asyncio.sleep(EVERY_S)
        await restart()
        over.set()
        await asyncio.gather(loading, *calling)
        await all_heard()
        for task in following:
            task.cancel()

    with showing(servers, feeds, pool):
        asyncio.run(asyncio.wait_for(story(), WITHIN_S))
    for one in followers:
        assert one.seqs == list(range(one.seqs[0], written + 1))
        assert one.codes == {1012}
        assert len(one.hints) == one.connected - 1 >= 1
    statuses = [status for one in callers for status in one.statuses]
    assert set(statuses) == {200}
    assert len(statuses) > 50
    assert sum(one.cut_off for one in callers) <= 2 * CALLERS, "only what met the closing of its connection"
