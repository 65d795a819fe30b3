"""A real gateway against clients that are slow, large, too many, or not as they should be."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import redis

from gateway.overload.priority import Kind
from schemas.codec import encode
from schemas.lag import KEY, Lag, PartitionLag
from schemas.topics import CONVERSATIONS_APP
from tests.gateway.conftest import Servers
from tests.gateway.process import GatewayProcess, Reply

PROBLEM = b"content-type: application/problem+json"
SLOW = {"head_timeout_s": 1.0, "body_timeout_s": 1.0, "keep_alive_s": 2.0, "head_limit_bytes": 4_096}
HEAD = b"POST /chat/start HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
WHOLE = HEAD + b'Content-Length: 19\r\n\r\n{"customer_id":"c"}'


@pytest.fixture(scope="module")
def strict(servers: Servers) -> Iterator[GatewayProcess]:
    """With short times, and few requests of a kind."""
    process = GatewayProcess(servers.environment, connection_limit=30, **SLOW)
    process.start()
    yield process
    assert process.stop() == 0


@contextmanager
def connected(gateway: GatewayProcess) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=15) as client:
        yield client


def rest(client: socket.socket) -> bytes:
    """All that comes until the server closes."""
    found = b""
    try:
        while piece := client.recv(65_536):
            found += piece
    except ConnectionResetError:
        pass
    return found


def answer(client: socket.socket) -> tuple[bytes, bytes]:
    """Head and body of the next response."""
    head = b""
    while b"\r\n\r\n" not in head:
        piece = client.recv(1)
        assert piece, head
        head += piece
    length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
    body = b""
    while len(body) < length:
        body += client.recv(length - len(body))
    return head, body


def closed(gateway: GatewayProcess, why: str) -> float:
    """How many connections the gateway has ended, and why."""
    return value(gateway, f'aicc_gateway_closed_connections_total{{why="{why}"}}')


def value(gateway: GatewayProcess, series: str) -> float:
    text = gateway.get("/metrics").body.decode()
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(series))


@pytest.mark.parametrize(
    ("sent", "status", "why"),
    [
        (b"", b"", "idle"),
        (HEAD, b"HTTP/1.1 408", "slow_head"),
        (HEAD + b"Content-Length: 100\r\n\r\n{", b"HTTP/1.1 408", "slow_body"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n12345", b"HTTP/1.1 408", "slow_body"),
    ],
)
def test_what_does_not_come_in_time_is_ended(
    strict: GatewayProcess, sent: bytes, status: bytes, why: str
) -> None:
    before = closed(strict, why)
    with connected(strict) as client:
        client.sendall(sent)
        began = time.monotonic()
        said = rest(client)
        assert time.monotonic() - began < 4.0
        assert said.startswith(status)
        assert (PROBLEM in said) is bool(status)
    assert closed(strict, why) > before


def test_a_head_that_comes_byte_by_byte_is_ended_all_the_same(strict: GatewayProcess) -> None:
    with connected(strict) as client:
        began = time.monotonic()
        client.settimeout(0.1)
        said = b""
        while time.monotonic() - began < 8.0 and not said:
            try:
                client.sendall(b"P" if time.monotonic() - began < 0.05 else b"O")
                said = client.recv(4_096)
            except TimeoutError:
                continue
            except OSError:
                break
        assert time.monotonic() - began < 5.0


def test_a_head_without_end_is_cut_off(strict: GatewayProcess) -> None:
    with connected(strict) as client:
        client.sendall(HEAD + b"X: " + b"x" * 20_000)
        assert rest(client).startswith(b"HTTP/1.1 431")
    with connected(strict) as client:
        client.sendall(HEAD + b"X: " + b"x" * 20_000 + b"\r\nContent-Length: 2\r\n\r\n{}")
        assert rest(client).startswith(b"HTTP/1.1 431")
    assert strict.get("/health/live").status == 200


def test_a_connection_is_kept_between_requests_but_not_for_ever(strict: GatewayProcess) -> None:
    with connected(strict) as client:
        for _ in range(3):
            client.sendall(WHOLE)
            assert answer(client)[0].startswith(b"HTTP/1.1 200")
        began = time.monotonic()
        assert rest(client) == b""
        assert 1.5 < time.monotonic() - began < 5.0


def test_slow_connections_keep_nobody_out(strict: GatewayProcess) -> None:
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(connected(strict)).sendall(HEAD)
        began = time.monotonic()
        assert strict.post("/chat/start", {"customer_id": "c"}).status == 200
        assert time.monotonic() - began < 1.0


def test_one_connection_too_many_is_told_so(strict: GatewayProcess) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(connected(strict)) for _ in range(31)]
        said = rest(clients[-1])
        assert said.startswith(b"HTTP/1.1 503")
        assert b"retry-after: " in said
        clients[0].sendall(WHOLE)
        assert answer(clients[0])[0].startswith(b"HTTP/1.1 200")


@pytest.fixture(scope="module")
def limited(servers: Servers) -> Iterator[GatewayProcess]:
    """Not local, so that this machine has limits, too; a proxy is trusted."""
    process = GatewayProcess(
        servers.environment,
        profile="production",
        address_per_s=10,
        address_starts_per_s=1,
        customer_per_s=1,
        burst_s=3,
        trusted_proxies="127.0.0.1",
    )
    process.start()
    yield process
    assert process.stop() == 0


def start(gateway: GatewayProcess, customer: str, address: str) -> Reply:
    body = json.dumps({"customer_id": customer}).encode()
    return gateway.ask("POST", "/chat/start", body, {"X-Forwarded-For": address})


def test_a_client_s_own_limit_is_429(limited: GatewayProcess) -> None:
    found = [start(limited, f"c{number}", "9.9.9.1") for number in range(5)]
    assert [one.status for one in found] == [200, 200, 200, 429, 429]
    assert found[-1].body["reason"] == "address_limit"
    assert found[-1].media_type == "application/problem+json"
    assert 1 <= int(found[-1].headers["retry-after"]) <= 5
    assert start(limited, "other", "9.9.9.2").status == 200
    series = 'aicc_admission_rejected_total{class="new_chat",reason="address_limit"}'
    deadline = time.monotonic() + 5
    while value(limited, series) < 2:
        assert time.monotonic() < deadline


def test_a_customer_s_limit_counts_from_whatever_address(limited: GatewayProcess) -> None:
    found = [start(limited, "busy", f"8.8.8.{number}") for number in range(5)]
    assert [one.status for one in found] == [200, 200, 200, 429, 429]
    assert found[-1].body["reason"] == "customer_limit"


def test_the_refused_is_answered_before_its_body_has_come(limited: GatewayProcess) -> None:
    for _ in range(4):
        start(limited, "x", "9.9.9.3")
    with connected(limited) as client:
        told = b"X-Forwarded-For: 9.9.9.3\r\nContent-Length: 19\r\n\r\n"
        client.sendall(HEAD + told)
        head, body = answer(client)
        assert head.startswith(b"HTTP/1.1 429")
        assert json.loads(body)["status"] == 429
        # What was to be its body is no request of its own.
        client.sendall(b'{"customer_id":"c"}' + b"GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n")
        assert answer(client)[0].startswith(b"HTTP/1.1 200")


def test_refusals_on_one_connection_stay_in_order(limited: GatewayProcess) -> None:
    asked = HEAD + b'X-Forwarded-For: 9.9.9.4\r\nContent-Length: 19\r\n\r\n{"customer_id":"p"}'
    with connected(limited) as client:
        client.sendall(asked * 6 + b"GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n")
        statuses = [answer(client)[0].split()[1] for _ in range(7)]
    assert statuses == [b"200", b"200", b"200", b"429", b"429", b"429", b"200"]


def lag(at_ms: int, seconds: float) -> bytes:
    """As the prober measures it: the conversations are dead."""
    place = PartitionLag(
        group=CONVERSATIONS_APP, topic="t", partition=0, records=500, seconds=seconds, next_offset=7
    )
    return encode(Lag(at_ms=at_ms, partitions=(place,)))


def until_shedding(gateway: GatewayProcess, told: "redis.Redis", seconds: float) -> None:
    """Says the lag again and again, as the prober does, until new chats are refused."""
    deadline = time.monotonic() + 20
    for at_ms in range(1_000, 60_000, 1_000):
        assert time.monotonic() < deadline
        told.set(KEY, lag(at_ms, seconds), ex=5)
        found = [gateway.post("/chat/start", {"customer_id": "c"}) for _ in range(20)]
        if all(one.status == 503 for one in found):
            assert {one.body["reason"] for one in found} == {"overload"}
            assert {int(one.headers["retry-after"]) for one in found} <= {1, 2, 3, 4}
            return


def test_while_a_stage_is_behind_new_chats_are_refused_and_running_ones_not(
    servers: Servers, feeds: "redis.Redis"
) -> None:
    gateway = GatewayProcess(servers.environment)
    gateway.start()
    session = str(gateway.post("/chat/start", {"customer_id": "c"}).body["session_id"])
    until_shedding(gateway, feeds, 8.0)
    running = [gateway.post("/chat/message", {"session_id": session, "message": "hi"}) for _ in range(5)]
    assert {one.status for one in running} == {200}
    assert gateway.get("/health/live").status == 200
    assert value(gateway, "aicc_admission_level") > 0
    refused = value(
        gateway, f'aicc_admission_rejected_total{{class="{Kind.NEW_CHAT.label}",reason="overload"}}'
    )
    assert refused >= 20
    assert value(gateway, 'http_requests_total{code="503",method="POST",route="/chat/start"}') == refused
    began = time.monotonic()
    at_ms = 100_000
    while gateway.post("/chat/start", {"customer_id": "c"}).status != 200:
        at_ms += 1_000
        feeds.set(KEY, encode(Lag(at_ms=at_ms, partitions=())), ex=5)
        assert time.monotonic() - began < 5.0
    assert gateway.stop() == 0
