"""How sockets end: idle, silent, too large a frame, no UTF-8, a stop; and who says what it can't know."""

import asyncio
import json
import signal
import socket as sockets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import psutil
import pytest
import redis
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.frames import Close
from websockets.sync.client import ClientConnection

from gateway.answers import Refused
from gateway.realtime.lines import Lines
from gateway.realtime.outlet import End, Ended, Outlet
from tests.gateway.conftest import Servers
from tests.gateway.feeds import SOON_S, customer, frames, seqs, write
from tests.gateway.process import GatewayProcess
from tests.gateway.test_agent_socket import made, open_socket, put, state, token
from tests.waiting import until


def end_of(socket: ClientConnection) -> Close:
    """Reads to the end."""
    with suppress(ConnectionClosed):
        while True:
            socket.recv(timeout=SOON_S)
    assert socket.protocol.close_rcvd, "closed without a word"
    return socket.protocol.close_rcvd


@pytest.fixture(scope="module")
def impatient(servers: Servers) -> Iterator[GatewayProcess]:
    """A gateway that closes soon what is idle, and soon says that there is no such entry."""
    gateway = GatewayProcess(
        servers.environment, idle_socket_s=1.0, beyond_end_s=0.3, compare_every_s=0.2, ping_every_s=0.5
    )
    gateway.start()
    yield gateway
    assert gateway.stop() == 0


def test_an_idle_customer_is_closed_and_a_busy_one_not(
    impatient: GatewayProcess, feeds: "redis.Redis", session: str
) -> None:
    other = impatient.post("/chat/start", {"customer_id": "c"}).body["session_id"]
    over, ends = threading.Event(), list[Close]()
    with customer(impatient, session) as idle, customer(impatient, other) as busy:

        def chatter() -> None:
            while not over.wait(0.2):
                busy.send('{"type":"typing"}')

        thread = threading.Thread(target=chatter)
        thread.start()
        ends.append(end_of(idle))
        over.set()
        thread.join()
        busy.ping().wait(SOON_S)
        assert busy.close_code is None
    assert (ends[0].code, ends[0].reason) == (4008, "idle")


def test_an_agent_may_say_nothing_for_long(
    impatient: GatewayProcess, feeds: "redis.Redis", session: str
) -> None:
    with open_socket(impatient, "gw-agent") as agent, customer(impatient, session) as idle:
        assert end_of(idle).code == 4008
        put(feeds, state("gw-agent", 1))
        assert seqs(agent, 1) == [1]


def _raw_socket(gateway: GatewayProcess, path: str) -> sockets.socket:
    """A client that speaks no more than the handshake."""
    raw = sockets.create_connection(("127.0.0.1", gateway.port), timeout=SOON_S)
    raw.sendall(
        f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    assert b" 101 " in raw.recv(4096)
    return raw


def _all_of(raw: sockets.socket) -> bytes:
    found = b""
    with suppress(ConnectionResetError):
        while part := raw.recv(4096):
            found += part
    return found


def test_who_answers_no_ping_is_closed(impatient: GatewayProcess) -> None:
    with _raw_socket(impatient, f"/ws/agent?token={token('gw-agent')}") as raw:
        found = _all_of(raw)
    assert b"\x89\x04" in found, "a ping was sent"
    assert found.endswith(b"\x03\xf3keepalive ping timeout"), found


def test_a_transcript_that_is_not_so_long_begins_anew(
    impatient: GatewayProcess, feeds: "redis.Redis", session: str
) -> None:
    write(feeds, session, 1, 2)
    with customer(impatient, session, last_seq=99) as socket:
        reset, *entries = frames(socket, 3)
    assert reset == {"type": "reset", "feed": "session", "session_id": session}
    assert [entry["seq"] for entry in entries] == [1, 2]


def test_an_agents_feed_that_is_not_so_long_begins_anew(
    impatient: GatewayProcess, feeds: "redis.Redis", session: str
) -> None:
    put(feeds, state("gw-agent", 1), made("gw-agent", 2, session), state("gw-agent", 3, session))
    write(feeds, session, 1)
    with open_socket(impatient, "gw-agent", last_seq="99") as socket:
        socket.send(json.dumps({"type": "resume", "agent_seq": 99, "sessions": {session: 50}}))
        found = frames(socket, 4)
    assert {"type": "reset", "feed": "agent"} in found
    assert {"type": "reset", "feed": "session", "session_id": session} in found
    assert sorted((one["feed"], one["seq"]) for one in found if "seq" in one) == [
        ("agent", 3),
        ("session", 1),
    ]


def test_a_number_that_no_database_holds_does_no_harm(
    impatient: GatewayProcess, feeds: "redis.Redis", session: str
) -> None:
    write(feeds, session, 1)
    with customer(impatient, session, last_seq=10**15 - 1) as socket:
        assert [one["type"] if "type" in one else one["seq"] for one in frames(socket, 2)] == ["reset", 1]


def _text(raw: bytes, opcode: int = 0x81) -> bytes:
    """A masked frame of a client, the mask being nothing."""
    length = len(raw).to_bytes(8)
    return bytes([opcode, 0xFF]) + length + bytes(4) + raw


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (_text(b'{"type":"typing","ref":"\xff"}'), 1007),
        (_text(b"x" * (64 * 1024 + 1)), 1009),
        (bytes([0x81, 0xFF]) + (2**40).to_bytes(8) + bytes(4), 1009),
        (_text(b"x" * 40_000, 0x01) + _text(b"x" * 40_000, 0x80), 1009),
        (b"\x83\x80" + bytes(4), 1002),
    ],
    ids=["no UTF-8", "too large", "announced only", "too large in parts", "unknown opcode"],
)
def test_frames_that_are_none_end_the_socket_with_their_code(
    gateway: GatewayProcess, session: str, frame: bytes, code: int
) -> None:
    with _raw_socket(gateway, f"/ws/customer?session_id={session}") as raw:
        raw.sendall(frame)
        found = _all_of(raw)
    at = found.rfind(b"\x88")
    assert int.from_bytes(found[at + 2 : at + 4]) == code, found


def _flat(gateway: GatewayProcess, abuse: Callable[[], None]) -> None:
    """What it does a second time takes no more memory."""
    assert gateway.process is not None
    process = psutil.Process(gateway.process.pid)
    abuse()
    before = process.memory_info().rss
    abuse()
    grown = process.memory_info().rss - before
    assert grown < 16_000_000, f"{grown:,} bytes more"


def test_memory_stays_flat_under_giant_frames(gateway: GatewayProcess, session: str) -> None:
    giant = _text(b"x" * 5_000_000)

    def abuse() -> None:
        for _ in range(40):
            with _raw_socket(gateway, f"/ws/customer?session_id={session}") as raw, suppress(OSError):
                raw.sendall(giant)
                _all_of(raw)

    _flat(gateway, abuse)


def test_memory_stays_flat_with_many_sockets(gateway: GatewayProcess, session: str) -> None:
    def abuse() -> None:
        opened = [_raw_socket(gateway, f"/ws/customer?session_id={session}") for _ in range(150)]
        for raw in opened:
            raw.close()
        line = 'aicc_sockets{kind="customer"} 0.0'
        gone = until(lambda: line in gateway.get("/metrics").body.decode(), 20, "sockets are left")
        asyncio.run(gone)

    _flat(gateway, abuse)


def test_a_gateway_about_to_stop_takes_no_new_sockets_and_finishes_what_is_under_way(
    servers: Servers, feeds: "redis.Redis", session: str
) -> None:
    gateway = GatewayProcess(servers.environment)
    gateway.start()
    assert gateway.process is not None
    deaf = _raw_socket(gateway, f"/ws/customer?session_id={session}")
    with customer(gateway, session) as socket, deaf:
        gateway.process.send_signal(signal.SIGTERM)
        assert frames(socket, 1)[0]["type"] == "reconnect"
        assert end_of(socket).code == 1012
        answers = []
        with suppress(OSError):
            answers.append(gateway.post("/chat/start", {"customer_id": "c"}).status)
            answers.append(gateway.get("/health/ready").status)
        with pytest.raises((InvalidHandshake, ConnectionClosed, OSError, EOFError)) as refused:
            customer(gateway, session)
        if isinstance(refused.value, InvalidStatus):
            assert refused.value.response.status_code == 503
            assert "retry-after" in refused.value.response.headers
        assert answers in ([], [200], [200, 503]), "calls are taken until nothing is"
    began = time.monotonic()
    assert gateway.process.wait(8) == 0
    assert time.monotonic() - began < 8


class Taking:
    """A socket that takes everything."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    async def send_text(self, text: str) -> None:
        self.sent.append(json.loads(text))


def test_all_hear_of_a_stop_behind_what_was_to_be_said_and_nothing_after() -> None:
    async def story() -> None:
        lines, taking = Lines(), Taking()
        outlet = Outlet(taking, "customer", 10, 1.0)  # type: ignore[arg-type]
        lines.add(outlet)
        outlet.push('{"seq":1}')
        drained = asyncio.create_task(lines.drain(5.0))
        with pytest.raises(Ended) as ended:
            await outlet.run()
        outlet.push('{"seq":2}')
        assert not drained.done()
        lines.remove(outlet)
        await asyncio.wait_for(drained, 1.0)
        with pytest.raises(Refused) as refused:
            lines.admit()
        assert refused.value.answer.status == 503
        assert ended.value.end is End.RESTART
        assert [one.get("seq", one.get("type")) for one in taking.sent] == [1, "reconnect"]

    asyncio.run(story())
