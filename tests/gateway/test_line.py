"""What a socket's line makes of bad frames, and of the end of what runs beside it; without servers."""

import asyncio
import re
from types import SimpleNamespace
from typing import Any, cast, get_args

import msgspec
import pytest
from redis.asyncio import Redis
from starlette.websockets import WebSocket

from gateway.realtime.agent_socket import AgentLine
from gateway.realtime.frames import (
    AgentFrame,
    CustomerFrame,
    Frame,
    decode_agent_frame,
    decode_customer_frame,
)
from gateway.realtime.line import serve
from gateway.realtime.lines import Lines
from gateway.realtime.outlet import End, Outlet
from gateway.security.sign_outs import SignOuts
from gateway.security.tokens import Claims
from gateway.settings import GatewaySettings
from gateway.state import Gateway

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


NUL = {
    "message": "a\0",
    "message_id": "m\0",
    "request_id": "r\0",
    "disposition": "d\0",
    "note": "n\0",
    "reason": "r\0",
    "queue": "q\0",
    "to_agent": "t\0",
    "contact_id": "c\0",
    "session_id": "s\0",
    "sessions": {"s\0": 1},
    "ref": "r\0",
    "token": "t\0",
}
FINE = {
    "session_id": "s",
    "contact_id": "c",
    "offer_epoch": 1,
    "presence": "custom",
    "message": "a",
    "token": "t",
}


@pytest.mark.parametrize("frame", [*get_args(AgentFrame), *get_args(CustomerFrame)])
def test_no_text_of_a_frame_has_a_nul(frame: type[Frame]) -> None:
    """The commands that frames become are refused by who decodes them, and nobody would hear of it."""
    decode = decode_agent_frame if frame in get_args(AgentFrame) else decode_customer_frame
    config, fields = frame.__struct_config__, {field.name for field in msgspec.structs.fields(frame)}
    said = {"type": config.tag, **{name: value for name, value in FINE.items() if name in fields}}
    assert type(decode(msgspec.json.encode(said))) is frame
    assert fields - NUL.keys() <= {"agent_seq", "offer_epoch", "wait_s", "presence", "attachment_ids"}
    for name in fields & NUL.keys():
        with pytest.raises(msgspec.ValidationError, match="regex"):
            decode(msgspec.json.encode(said | {name: NUL[name]}))


def agent_line(socket: FakeSocket, commands: list[Any]) -> AgentLine:
    async def send(post: Any) -> None:
        commands.append(post)

    async def no_start(*_: object, **__: object) -> int:
        raise ZeroDivisionError

    feeds = SimpleNamespace(stored=SimpleNamespace(start_of_agent=no_start))
    gateway = SimpleNamespace(
        settings=GatewaySettings(), feeds=feeds, send=send, sign_outs=SignOuts(Redis()), lines=Lines()
    )
    claims = Claims(sub="a1", roles=("agent",), pool="p", partition=0, iat=0, exp=2**33)
    return AgentLine(cast("Gateway", gateway), cast("WebSocket", socket), claims, None)


def test_an_agent_whose_presence_fails_loses_the_socket(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        socket, commands = FakeSocket(), list[Any]()
        async with asyncio.timeout(5.0):
            await agent_line(socket, commands).run()
        assert socket.closed == [End.FAILED.value[0]]
        assert [b'"offline"' in post.value for post in commands] == [True]

    asyncio.run(run())
    assert "an agent's presence failed" in caplog.text
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
