"""Many clients that never come to an end: closed in time, and nobody else waits for them."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator

import pytest
import uvloop

from tests.gateway.case import JSON, Case, request
from tests.gateway.conftest import Servers
from tests.gateway.process import GatewayProcess
from tests.gateway.senders import descriptors, memory_mb, send
from tests.waiting import until

CLIENTS = 150
LIMIT_S = 2.0
MARGIN_S = 6.0
HEAD = b"POST /chat/start HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
BODY = HEAD + b"Content-Length: 60000\r\n\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
START = request("POST", "/chat/start", b'{"customer_id": "kim"}', {"Content-Type": JSON})


@pytest.fixture(scope="module")
def impatient(servers: Servers) -> Iterator[GatewayProcess]:
    process = GatewayProcess(servers.environment, head_timeout_s=LIMIT_S, body_timeout_s=LIMIT_S)
    process.start()
    yield process
    assert process.stop() == 0


async def drip(port: int, opening: bytes, drop: bytes) -> tuple[int | None, float]:
    """A client that always has a few bytes more; what it was told at last, and after how long."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = time.monotonic()
    said = asyncio.create_task(reader.read(4_096))
    writer.write(opening)
    while not said.done() and time.monotonic() - began < 30:
        writer.write(drop)
        await asyncio.wait({said}, timeout=0.3)
    took = time.monotonic() - began
    try:
        first = await said
    except ConnectionError:
        first = b""
    writer.close()
    return int(first.split(b" ")[1]) if first else None, took


@pytest.mark.parametrize(
    ("opening", "drop", "within_s"),
    [
        (HEAD, b"X: y\r\n", LIMIT_S),
        (b"GET /", b"a", LIMIT_S),
        (BODY, b"x", 2 * LIMIT_S),
        (CHUNKED, b"1\r\nx\r\n", 2 * LIMIT_S),
    ],
    ids=["heads", "request lines", "bodies", "chunks"],
)
def test_slow_clients_are_closed_in_time(
    impatient: GatewayProcess, opening: bytes, drop: bytes, within_s: float
) -> None:
    assert impatient.process is not None
    pid = impatient.process.pid

    async def story() -> None:
        before, before_mb = descriptors(pid), memory_mb(pid)
        slow = [asyncio.create_task(drip(impatient.port, opening, drop)) for _ in range(CLIENTS)]
        await until(lambda: descriptors(pid) - before > CLIENTS - 30, 10, "they are not there")
        got = await send(impatient.port, Case("somebody else", START, frozenset({200}), False))
        assert got.status == 200
        statuses, took = zip(*await asyncio.gather(*slow), strict=True)
        assert set(statuses) <= {408, 400, None}, Counter(statuses)
        assert within_s * 0.5 < max(took) < within_s + MARGIN_S
        await until(lambda: descriptors(pid) < before + 10, 10, "connections stay open")
        assert memory_mb(pid) - before_mb < 20

    uvloop.run(story())
