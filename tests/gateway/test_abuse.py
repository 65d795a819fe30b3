"""Whoever sends whatever: refused, with no error of ours, no memory kept, and nobody else kept waiting.

AICC_ABUSE=long (make abuse) sends ten times as much over five times as many connections.
"""

import asyncio
import json
import os
import random
import resource
import statistics
import struct
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import uvloop

from schemas.ids import session_id
from tests.gateway.case import JSON, Case, request
from tests.gateway.conftest import Servers
from tests.gateway.forged import forged_token, good_token
from tests.gateway.malformed import MAKERS, cases
from tests.gateway.process import GatewayProcess
from tests.gateway.senders import Got, descriptors, memory_mb, send, send_all
from tests.waiting import until

LONG = os.environ.get("AICC_ABUSE") == "long"
REQUESTS = 100_000 if LONG else 10_000
CONNECTIONS = 10_000 if LONG else 2_000
WARM_UP = 1_500
GROWTH_MB = 12.0
A_CONNECTION_MB = 0.02
PATIENCE_S = 3.0
SESSION = session_id(1, 1_790_000_000_000, 7)
START = request("POST", "/chat/start", b'{"customer_id": "kim"}', {"Content-Type": JSON})


@pytest.fixture(scope="module", autouse=True)
def many_files() -> Iterator[None]:
    """This process and the gateway may open as many as the system lets them."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert before[1] > CONNECTIONS + 500, f"open files are limited to {before[1]}"
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("abuse") / "log"


@pytest.fixture(scope="module")
def abused(servers: Servers, log: Path, many_files: None) -> Iterator[GatewayProcess]:
    """A gateway whose log is kept, and that lives to the end."""
    # A broker that is late because of other tests is no reason to refuse anybody here.
    process = GatewayProcess(servers.environment, stale_send_s=5)
    with log.open("wb") as process.log:
        process.start()
        yield process
        assert process.stop() == 0


@pytest.fixture
def pid(abused: GatewayProcess, log: Path) -> Iterator[int]:
    """Of the gateway; whatever a test does, it logs no error and does not end."""
    assert abused.process is not None
    before = len(log.read_text())
    yield abused.process.pid
    assert abused.process.poll() is None
    lines = [json.loads(line) for line in log.read_text()[before:].splitlines()]
    assert [line for line in lines if line["level"] in ("ERROR", "CRITICAL")] == []


@asynccontextmanager
async def somebody_else(port: int) -> AsyncIterator[None]:
    """While the block runs another client is served: each call 200, and soon."""
    took: list[float] = []
    statuses: Counter[int | None] = Counter()

    async def calling() -> None:
        while True:
            began = time.monotonic()
            got = await send(port, Case("somebody else", START, frozenset({200}), False))
            took.append(time.monotonic() - began)
            statuses[got.status] += 1
            await asyncio.sleep(0.05)

    task = asyncio.create_task(calling())
    try:
        yield
        await until(lambda: len(took) > 3, 20, "nobody else was served")
    finally:
        task.cancel()
    assert set(statuses) == {200}, statuses
    said = f"somebody else: {len(took)} calls, median {statistics.median(took):.3f} s, worst {max(took):.3f}"
    print(said)
    assert max(took) < PATIENCE_S, said


def test_malformed_requests(abused: GatewayProcess, pid: int, rng: random.Random) -> None:
    async def story() -> None:
        await send_all(abused.port, cases(rng, WARM_UP))
        before_mb = memory_mb(pid)
        async with somebody_else(abused.port):
            found = await send_all(abused.port, cases(rng, REQUESTS))
        grown_mb = memory_mb(pid) - before_mb
        print(f"{REQUESTS} requests: {found.totals()}, {grown_mb:+.1f} MB on {before_mb:.1f} MB")
        assert found.wrong == [], f"{len(found.wrong)} of {REQUESTS}: {found.wrong[:5]}"
        assert grown_mb < GROWTH_MB, f"{before_mb:.1f} MB and {grown_mb:.1f} more"

    uvloop.run(story())


@pytest.mark.parametrize("make", MAKERS[:-1], ids=lambda make: make.__name__)
def test_each_kind_is_refused(abused: GatewayProcess, pid: int, make: object, rng: random.Random) -> None:
    """So that a kind that breaks has its name in the report."""
    made = [MAKERS[MAKERS.index(make)](rng) for _ in range(20)]
    found = uvloop.run(send_all(abused.port, made))
    assert found.wrong == []


def test_no_forged_token_opens_a_socket(abused: GatewayProcess, pid: int, rng: random.Random) -> None:
    async def handshake(token: str) -> Got:
        lines = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            "Authorization": f"Bearer {token}",
        }
        raw = request("GET", "/ws/agent", headers=lines)
        return await send(abused.port, Case("sockets", raw, silent=False))

    async def story() -> None:
        async with somebody_else(abused.port):
            statuses = Counter([(await handshake(forged_token(rng))).status for _ in range(200)])
        assert statuses.keys() <= {401, 403}, statuses

    uvloop.run(story())
    headers = {"Authorization": f"Bearer {good_token()}", "Content-Type": JSON}
    fine = abused.ask("POST", "/agent/heartbeat", b"{}", headers)
    assert fine.status in (200, 409), "the good one is refused, so the forged ones prove nothing"


def frame(opcode: int, payload: bytes, *, masked: bool = True, length: int | None = None) -> bytes:
    """A WebSocket frame; `length` is what its head claims."""
    said, mask = len(payload) if length is None else length, 0x80 if masked else 0
    if said < 126:
        head = bytes([opcode, mask | said])
    else:
        head = bytes([opcode, mask | 127]) + struct.pack(">Q", said)
    return head + (bytes(4) if masked else b"") + payload


FRAMES = {
    "not masked": frame(0x81, b'{"type":"end"}', masked=False),
    "giant": frame(0x81, b"x" * 100, length=2**40),
    "beyond the limit": frame(0x81, b"x" * 70_000),
    "not UTF-8": frame(0x81, b"\xff\xfe"),
    "an unknown opcode": frame(0x83, b"x"),
    "reserved bits": frame(0xF1, b"x"),
    "a long control frame": frame(0x89, b"x" * 200),
    "goes on with nothing": frame(0x80, b"x"),
    "a broken close": frame(0x88, b"\x00"),
    "fragments without end": frame(0x01, b"x") + frame(0x00, b"x" * 60_000) * 20,
}


@pytest.mark.parametrize("name", FRAMES)
def test_frames_that_are_none_close_the_socket(abused: GatewayProcess, pid: int, name: str) -> None:
    lines = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    hello = request("GET", f"/ws/customer?session_id={SESSION}", headers=lines)

    async def closed() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", abused.port)
        writer.write(hello)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
        writer.write(FRAMES[name])
        # A reset, where something was left unread, is as good an end.
        with suppress(ConnectionError):
            async with asyncio.timeout(10):
                while await reader.read(65_536):
                    pass
        writer.close()

    async def story() -> None:
        async with somebody_else(abused.port):
            await asyncio.gather(*[closed() for _ in range(20)])

    uvloop.run(story())


def test_many_connections(abused: GatewayProcess, pid: int) -> None:
    """Some say nothing, some never end their headers or their body, some wait after an answer."""
    openings = (
        b"",
        b"POST /chat/start HTTP/1.1\r\nHost: here\r\nX",
        b"POST /chat/start HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\n{",
        b"GET /health/live HTTP/1.1\r\nHost: here\r\n\r\n",
    )

    async def story() -> None:
        before, before_mb = descriptors(pid), memory_mb(pid)
        held: list[asyncio.StreamWriter] = []
        try:
            async with somebody_else(abused.port):
                for number in range(CONNECTIONS):
                    _, writer = await asyncio.open_connection("127.0.0.1", abused.port)
                    writer.write(openings[number % len(openings)])
                    held.append(writer)
                enough = CONNECTIONS * 0.99
                await until(lambda: descriptors(pid) - before > enough, 20, "not all are open")
            grown_mb = memory_mb(pid) - before_mb
            print(f"{CONNECTIONS} connections: {grown_mb:+.1f} MB on {before_mb:.1f} MB")
            assert grown_mb < CONNECTIONS * A_CONNECTION_MB, f"{grown_mb:.1f} MB"
        finally:
            for writer in held:
                writer.close()
        await until(lambda: descriptors(pid) < before + 20, 20, "connections stay open")

    uvloop.run(story())
