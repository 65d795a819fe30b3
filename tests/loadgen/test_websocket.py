"""The raw WebSocket against the websockets library's server, and against servers that break the protocol."""

import asyncio
import base64
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from http import HTTPStatus
from random import Random

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import Frame as TheirFrame
from websockets.frames import Opcode as TheirOpcode
from websockets.http11 import Request, Response

from loadgen.engine.frames import Broken, Frame, Opcode, Reader, masked
from loadgen.engine.websocket import Refused, WebSocket, connect
from loadgen.sockets import stay_connected

SIZES = (0, 1, 125, 126, 65_535, 65_536, 300_000)
Handle = Callable[[ServerConnection], Coroutine[None, None, None]]


@asynccontextmanager
async def _server(handle: Handle) -> AsyncIterator[str]:
    def forbid(connection: ServerConnection, request: Request) -> Response | None:
        return connection.respond(HTTPStatus.FORBIDDEN, "no") if request.path == "/no" else None

    async with serve(handle, "127.0.0.1", 0, process_request=forbid, close_timeout=1) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


async def _heard(url: str, count: int) -> tuple[list[bytes], WebSocket]:
    """The first messages that come."""
    messages: list[bytes] = []
    socket = await connect(url, messages.append, Random(1), 5)
    async with asyncio.timeout(5):
        while len(messages) < count:
            await asyncio.sleep(0.005)
    return messages, socket


def test_messages_of_all_sizes_go_there_and_back() -> None:
    async def echo(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    async def run() -> None:
        messages: list[bytes] = []
        async with _server(echo) as url:
            socket = await connect(f"{url}/x?a=1", messages.append, Random(1), 5)
            sent = [("é" * size).encode() for size in SIZES]
            for text in sent:
                socket.send(text)
            async with asyncio.timeout(5):
                while len(messages) < len(sent):
                    await asyncio.sleep(0.005)
            assert messages == sent
            await socket.close()
            assert socket.closed.done()
            socket.send(b"late")

    uvloop.run(run())


def test_fragments_pings_and_the_server_s_goodbye() -> None:
    codes: list[int | None] = []

    async def speak(connection: ServerConnection) -> None:
        await connection.send(["in ", "three ", "parts"])
        await (await connection.ping(b"there?"))
        await connection.send("pong came")
        await connection.close(1001)
        codes.append(connection.close_code)

    async def run() -> None:
        async with _server(speak) as url:
            messages, socket = await _heard(url, 2)
            assert messages == [b"in three parts", b"pong came"]
            async with asyncio.timeout(5):
                await asyncio.shield(socket.closed)
            while not codes:
                await asyncio.sleep(0.005)

    uvloop.run(run())
    assert codes == [1001]


def test_a_refusal_says_its_status_and_nobody_there_is_an_error() -> None:
    async def run() -> None:
        async def never(_: ServerConnection) -> None:
            raise AssertionError

        async with _server(never) as url:
            with pytest.raises(Refused) as refused:
                await connect(f"{url}/no", lambda _: None, Random(1), 5)
            assert refused.value.status == 403
        with pytest.raises(OSError, match=r".*"):
            await connect(url, lambda _: None, Random(1), 5)

    uvloop.run(run())


def test_it_comes_back_after_every_break_and_says_goodbye_when_canceled() -> None:
    goodbyes: list[int | None] = []

    async def talk(connection: ServerConnection) -> None:
        if len(goodbyes) < 2:
            goodbyes.append(None)
            connection.transport.abort()
            return
        await connection.wait_closed()
        goodbyes.append(connection.close_code)

    async def run() -> None:
        counts: Counter[str] = Counter()
        opened: list[WebSocket] = []
        async with _server(talk) as url:
            staying = asyncio.create_task(
                stay_connected(lambda: url, opened.append, lambda _: None, Random(1), counts)
            )
            async with asyncio.timeout(10):
                while counts["sockets.opened"] < 3:
                    await asyncio.sleep(0.005)
                staying.cancel()
                while len(goodbyes) < 3:
                    await asyncio.sleep(0.005)
            assert counts["sockets.lost"] == 2
            await asyncio.gather(staying, return_exceptions=True)

    uvloop.run(run())
    assert goodbyes == [None, None, 1000]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"\xc1\x00", id="reserved bits"),
        pytest.param(b"\x81\x81aaaab", id="masked"),
        pytest.param(b"\x83\x00", id="unknown opcode"),
        pytest.param(b"\x82\x01a", id="binary"),
        pytest.param(b"\x80\x01a", id="the rest of nothing"),
        pytest.param(b"\x01\x01a\x81\x01b", id="a message within another"),
        pytest.param(b"\x09\x00", id="a ping in parts"),
        pytest.param(b"\x81\x7f\x00\x00\x01\x00\x00\x00\x00\x00", id="too long"),
    ],
)
def test_what_is_no_websocket_ends_the_connection(said: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        key = head.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
        accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        writer.write(
            b"HTTP/1.1 101 Switching\r\nSEC-WEBSOCKET-ACCEPT: %b\r\n\r\n\x81\x02ok%b" % (accept, said)
        )

    async def run() -> None:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            messages, socket = await _heard(f"ws://127.0.0.1:{port}", 1)
            async with asyncio.timeout(5):
                await asyncio.shield(socket.closed)
            assert messages == [b"ok"]

    uvloop.run(run())


@given(texts=st.lists(st.binary(max_size=300), max_size=5), cuts=st.lists(st.integers(1, 40), min_size=1))
def test_frames_are_found_however_they_are_cut(texts: list[bytes], cuts: list[int]) -> None:
    said = b"".join(TheirFrame(TheirOpcode.TEXT, text).serialize(mask=False, extensions=[]) for text in texts)
    reader, turn = Reader(), 0
    found: list[Frame] = []
    while said:
        size = cuts[turn % len(cuts)]
        found += reader.feed(said[:size])
        said, turn = said[size:], turn + 1
    assert [frame.payload for frame in found] == texts


@given(text=st.binary(max_size=70_000), seed=st.integers())
def test_only_servers_may_leave_the_mask_out(text: bytes, seed: int) -> None:
    frame = masked(Opcode.TEXT, text, Random(seed))
    with pytest.raises(Broken):
        list(Reader().feed(frame))
