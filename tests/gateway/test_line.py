"""What a socket's line makes of bad frames, and of the end of what runs beside it; without servers."""

import asyncio
import re
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from starlette.websockets import WebSocket

from gateway.agent_socket import AgentLine
from gateway.frames import decode_agent_frame, decode_customer_frame
from gateway.line import serve
from gateway.outlet import FAILED, Outlet
from gateway.settings import GatewaySettings
from gateway.state import Gateway
from gateway.tokens import Claims

DEEP = b'{"type":"message","a":' + b"[" * 50_000 + b"]" * 50_000 + b"}"


class FakeSocket:
    """Hears the given messages, then nothing more until it is closed; notes what is sent."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self.messages = list(messages)
        self.sent: list[str] = []
        self.closed: list[int] = []

    async def receive(self) -> dict[str, Any]:
        if not self.messages:
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        return self.messages.pop(0)

    async def send_text(self, text: str) -> None:
        self.sent.append(text)

    async def close(self, code: int, _: str) -> None:
        self.closed.append(code)


@pytest.mark.parametrize("decode", [decode_agent_frame, decode_customer_frame])
def test_a_frame_nested_too_deeply_is_answered_and_ends_nothing(decode: Any) -> None:
    async def run() -> None:
        frame, leave = {"type": "websocket.receive", "bytes": DEEP}, {"type": "websocket.disconnect"}
        fake = FakeSocket(frame, frame, leave)
        socket = cast("WebSocket", fake)

        async def hear(raw: bytes) -> None:
            decode(raw)

        await serve(socket, Outlet(socket, "agent", 10, 1.0), hear)
        assert len(fake.sent) == 2
        assert all('"type":"error"' in text for text in fake.sent)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "The frame is empty; expected a JSON object"),
        (b'{"type":"message"', "The frame can't be read: its JSON ends too early"),
        (b'{"type":"message","message":"\xff"}', "The frame is not UTF-8"),
    ],
)
def test_what_is_wrong_with_a_frame_is_said_in_words(raw: bytes, why: str) -> None:
    with pytest.raises(msgspec.DecodeError, match=re.escape(why)):
        decode_customer_frame(raw)


def agent_line(socket: FakeSocket, commands: list[Any]) -> AgentLine:
    async def send(post: Any) -> None:
        commands.append(post)

    async def no_start(*_: object, **__: object) -> int:
        raise ZeroDivisionError

    feeds = SimpleNamespace(stored=SimpleNamespace(start_of_agent=no_start))
    gateway = SimpleNamespace(settings=GatewaySettings(), feeds=feeds, send=send)
    claims = Claims(sub="a1", role="agent", pool="p", partition=0, iat=0, exp=0)
    return AgentLine(cast("Gateway", gateway), cast("WebSocket", socket), claims, None)


def test_an_agent_whose_presence_fails_loses_the_socket(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        socket, commands = FakeSocket(), list[Any]()
        async with asyncio.timeout(5.0):
            await agent_line(socket, commands).run()
        assert socket.closed == [FAILED]
        assert [b'"offline"' in post.value for post in commands] == [True]

    asyncio.run(run())
    assert "the presence of a1 failed" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_an_agent_who_leaves_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        socket, commands = FakeSocket({"type": "websocket.disconnect"}), list[Any]()
        line = agent_line(socket, commands)
        line._be_present = asyncio.Event().wait  # type: ignore[method-assign,assignment]
        async with asyncio.timeout(5.0):
            await line.run()
        assert socket.closed == []
        assert len(commands) == 1

    asyncio.run(run())
    assert caplog.messages == []
