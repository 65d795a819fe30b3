"""Bytes that are no request, or one of which nobody can say where it ends."""

import random
import struct

from tests.gateway.case import ANYTHING, HERE, JSON, Case, request


def some_bytes(rng: random.Random, most: int, least: int = 0) -> bytes:
    return rng.randbytes(rng.randint(least, most))


def binary(rng: random.Random) -> Case:
    return Case("binary", some_bytes(rng, 300, 1))


def other_protocols(rng: random.Random) -> Case:
    hello = b"\x16\x03\x01" + struct.pack(">H", 512) + b"\x01\x00\x01\xfc\x03\x03" + some_bytes(rng, 506, 506)
    openings = (
        hello,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"SSH-2.0-x\r\n",
        b"EHLO x\r\n",
        b"\r\n" * 50,
        b"GET /\r\n",
    )
    return Case("other protocols", rng.choice(openings))


def request_lines(rng: random.Random) -> Case:
    lines = (
        b"",
        b"GET",
        b"GET /",
        b"GET  / HTTP/1.1",
        b"GET / HTTP/9.9",
        b"GET / HTTP/1.1 x",
        b"GET /health/live HTTP/1.1x",
        b"get /health/live HTTP/1.1",
        b"G\x00T / HTTP/1.1",
        b"GET /\x00 HTTP/1.1",
        b"GET /\xff\xfe HTTP/1.1",
        b"GET http:// HTTP/1.1",
        b"GET health/live HTTP/1.1",
        b"CONNECT here:443 HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"X" * 5_000 + b" / HTTP/1.1",
        some_bytes(rng, 40) + b" / HTTP/1.1",
    )
    return Case("request lines", rng.choice(lines) + b"\r\n" + HERE + b"\r\n")


def headers(rng: random.Random) -> Case:
    lines = (
        b"no colon\r\n",
        b": no name\r\n",
        b"a b: c\r\n",
        b"x: \x00\r\n",
        b"x\x00: y\r\n",
        b"x: y\n z\r\n",
        b"\xff: y\r\n",
        b"x : y\r\n",
        b"x: " + some_bytes(rng, 60, 20) + b"\x01\x7f\r\n",
        b"Content-Length: 5, 6\r\n",
        b"Host: there\r\n" * 300,
        b"Transfer-Encoding: sideways\r\n",
        b"Expect: a-lot\r\n",
        b"Upgrade: h2c\r\nConnection: Upgrade\r\n",
    )
    method = rng.choice((b"GET /nowhere", b"POST /chat/start"))
    return Case("headers", method + b" HTTP/1.1\r\n" + HERE + rng.choice(lines) + b"\r\n")


def large_heads(rng: random.Random) -> Case:
    size = rng.choice((40_000, 100_000))
    padding = rng.choice((b"X: " + b"y" * size + b"\r\n", b"x: y\r\n" * (size // 6)))
    return Case("large heads", b"GET /nowhere HTTP/1.1\r\n" + HERE + padding + b"Connection: close\r\n\r\n")


def chunks(rng: random.Random) -> Case:
    parts = (
        b"zz\r\nabc\r\n0\r\n\r\n",
        b"-5\r\nabc\r\n0\r\n\r\n",
        b"f" * 20 + b"\r\nabc\r\n",
        b"3\r\nabcdef\r\n0\r\n\r\n",
        b"3;" + b"x" * 5_000 + b"\r\nabc\r\n0\r\n\r\n",
        b"3\nabc\n0\n\n",
        b"0\r\n" + b"x: y\r\n" * 50 + b"\r\n",
        some_bytes(rng, 50, 1) + b"\r\n\r\n",
    )
    head = (
        b"POST /chat/start HTTP/1.1\r\n" + HERE + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    return Case("chunks", head + rng.choice(parts))


def length_lies(rng: random.Random) -> Case:
    body = b'{"customer_id": "c'
    said = rng.choice(("-1", "+5", "0x10", "1e3", "", "٣", str(10**30), str(len(body) + 100), "3"))
    head = f"POST /chat/start HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: {said}\r\n\r\n"
    return Case("length lies", head.encode() + body)


def smuggling(rng: random.Random) -> Case:
    inner = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    lines = (
        b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n" % len(inner),
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Transfer-Encoding: \x0bchunked\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding: xchunked\r\n",
    )
    return Case(
        "smuggling", b"POST /chat/start HTTP/1.1\r\n" + HERE + rng.choice(lines) + b"\r\n0\r\n\r\n" + inner
    )


def cut_off(rng: random.Random) -> Case:
    whole = request("POST", "/chat/start", b'{"customer_id": "c"}', {"Content-Type": JSON})
    return Case("cut off", whole[: rng.randrange(1, len(whole))], frozenset())


def mutated(rng: random.Random) -> Case:
    """May still be well-formed."""
    whole = bytearray(request("POST", "/chat/start", b'{"customer_id": "c"}', {"Content-Type": JSON}))
    for _ in range(rng.randint(1, 6)):
        whole[rng.randrange(len(whole))] = rng.randrange(256)
    return Case("mutated", bytes(whole), ANYTHING)


def pipelined(rng: random.Random) -> Case:
    first = b"GET /nowhere HTTP/1.1\r\n" + HERE + b"\r\n"
    return Case("pipelined", first * rng.randint(2, 200) + some_bytes(rng, 50, 1), frozenset({404, 400}))


def old_versions(rng: random.Random) -> Case:
    path = rng.choice(("/nowhere", "/chat/start", "/../health"))
    return Case(
        "old versions", f"GET {path} HTTP/{rng.choice(('1.0', '0.9', '1.2', '2.0'))}\r\n\r\n".encode()
    )


def handshakes(rng: random.Random) -> Case:
    lines = (
        b"Sec-WebSocket-Version: 13\r\n",
        b"Sec-WebSocket-Version: 99\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n",
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
    )
    path = rng.choice((b"/ws/customer", b"/ws/agent?token=x", b"/ws/nowhere", b"/ws/customer?session_id=%ff"))
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
    return Case(
        "handshakes", b"GET " + path + b" HTTP/1.1\r\n" + HERE + upgrade + rng.choice(lines) + b"\r\n"
    )
