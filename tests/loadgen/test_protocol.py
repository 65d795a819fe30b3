"""The parser's edges, against servers that say exactly these bytes."""

import asyncio

import pytest

from loadgen.engine import Answer, Client, Failure
from tests.loadgen.servers import saying

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
WHOLE = HEAD + b"hello"


async def _ask(*chunks: bytes, close: bool = False, times: int = 1) -> list[Answer]:
    async with saying(*chunks, close=close) as url, Client(url, connections=1, timeout_s=0.5) as client:
        return [await client.post("/", b"{}") for _ in range(times)]


@pytest.mark.parametrize(
    ("chunks", "close", "body"),
    [
        pytest.param([WHOLE], False, b"hello", id="whole"),
        pytest.param([WHOLE[:20], WHOLE[20:41], WHOLE[41:]], False, b"hello", id="split"),
        pytest.param([bytes([byte]) for byte in WHOLE], False, b"hello", id="byte by byte"),
        pytest.param(
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r", b"\n2\r\nlo\r\n0\r\n\r\n"],
            False,
            b"hello",
            id="chunked",
        ),
        pytest.param([b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE], False, b"hello", id="100 first"),
        pytest.param([b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"], False, b"", id="empty"),
        pytest.param([b"HTTP/1.1 204 No Content\r\n\r\n"], False, b"", id="no content"),
        pytest.param([b"HTTP/1.1 200 OK\r\n\r\nhel", b"lo"], True, b"hello", id="until the end"),
        pytest.param(
            [b"HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhello"],
            True,
            b"hello",
            id="100 first, until the end",
        ),
        pytest.param(
            [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"],
            True,
            b"hello",
            id="connection: close",
        ),
    ],
)
def test_complete_answers(chunks: list[bytes], close: bool, body: bytes) -> None:
    answers = asyncio.run(_ask(*chunks, close=close, times=2))
    assert [(answer.ok, answer.body, answer.kind) for answer in answers] == [(True, body, "ok")] * 2
    assert all(0 < answer.latency_s < 0.5 for answer in answers)


@pytest.mark.parametrize(
    ("chunks", "close", "failure"),
    [
        pytest.param([WHOLE + WHOLE], False, Failure.GARBLED, id="two for one"),
        pytest.param([WHOLE + b"HTTP/1.1 2"], False, Failure.GARBLED, id="left over"),
        pytest.param([b"SMTP ready\r\n\r\n"], False, Failure.GARBLED, id="no HTTP"),
        pytest.param([WHOLE[:-1]], True, Failure.LOST, id="cut in the body"),
        pytest.param([WHOLE[:12]], True, Failure.LOST, id="cut in the head"),
        pytest.param([b""], True, Failure.LOST, id="nothing"),
        pytest.param(
            [b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhel"],
            True,
            Failure.LOST,
            id="cut though said to close",
        ),
        pytest.param([WHOLE[:-1]], False, Failure.TIMEOUT, id="never ends"),
    ],
)
def test_incomplete_answers(chunks: list[bytes], close: bool, failure: Failure) -> None:
    answers = asyncio.run(_ask(*chunks, close=close, times=2))
    assert [(answer.status, answer.failure) for answer in answers] == [(0, failure)] * 2


def test_an_unasked_answer_does_not_answer_the_next_request() -> None:
    unasked = b"HTTP/1.1 500 Unasked\r\nContent-Length: 0\r\n\r\n"

    async def run() -> Answer:
        async with saying(WHOLE, unasked) as url, Client(url, connections=1, timeout_s=0.5) as client:
            await client.post("/", b"{}")
            await asyncio.sleep(0.05)
            return await client.post("/", b"{}")

    assert asyncio.run(run()).status == 200
