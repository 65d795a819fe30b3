"""One WebSocket as a raw asyncio Protocol, as a client: text in and out, no coroutine for each message."""

import asyncio
import base64
import contextlib
import hashlib
import ssl
from collections.abc import Callable
from random import Random
from typing import cast
from urllib.parse import urlsplit

from loadgen.engine.frames import MOST_BYTES, Broken, Frame, Opcode, Reader, masked

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_LONGEST_HEAD = 65_536
_PING_S = 20.0
_CLOSE_S = 1.0
_NORMAL = (1000).to_bytes(2, "big")
Heard = Callable[[bytes], None]


class Refused(Exception):
    """The server answered with `status` instead of switching to WebSocket."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class WebSocket(asyncio.Protocol):
    """Gives each text message, as UTF-8, to `heard`. `closed` is done when the connection
    is gone, however it went.

    A ping goes out every 20 s; where nothing at all has come since the last one, the connection is dead.
    """

    _transport: asyncio.Transport

    def __init__(self, heard: Heard, request: bytes, accept: str, rng: Random) -> None:
        self._loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = self._loop.create_future()
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self._heard = heard
        self._request, self._accept = request, accept
        self._rng = rng
        self._reader = Reader()
        self._head = b""
        self._up = self._alive = False
        self._message: list[bytes] = []
        self._pinging: asyncio.TimerHandle | None = None

    def send(self, text: bytes) -> None:
        """One text message (UTF-8); lost where the connection is gone."""
        if self._up:
            self._transport.write(masked(Opcode.TEXT, text, self._rng))

    async def close(self) -> None:
        """Says goodbye and waits a moment for the server's; nothing where it is gone already."""
        self._end(_NORMAL)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_S):
                await asyncio.shield(self.closed)
        self._transport.abort()

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._alive = True
        if self.opened.done():
            self._read(data)
        else:
            self._shake(self._head + data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._up = False
        if self._pinging:
            self._pinging.cancel()
        if not self.opened.done():
            self.opened.set_exception(ConnectionResetError("the connection ended in the handshake"))
        if not self.closed.done():
            self.closed.set_result(None)

    # Inner steps

    def _shake(self, data: bytes) -> None:
        """The server's answer to the handshake (RFC 6455, section 4.1)."""
        head, ended, rest = data.partition(b"\r\n\r\n")
        if not ended:
            self._head = data
            if len(data) > _LONGEST_HEAD:
                self._transport.abort()
            return
        line, *lines = head.decode("latin-1").split("\r\n")
        status = line.split(" ", 2)[1:2]
        parts = (one.partition(":") for one in lines)
        fields = {name.strip().lower(): value.strip() for name, _, value in parts}
        if status == ["101"] and fields.get("sec-websocket-accept") == self._accept:
            self._head, self._up = b"", True
            self.opened.set_result(None)
            self._pinging = self._loop.call_later(_PING_S, self._ping)
            self._reader = Reader(rest)
            self._loop.call_soon(self._read, b"")  # after whoever waits for the opening
            return
        code = int(status[0]) if status and status[0].isdigit() else 0
        self.opened.set_exception(Refused(code))
        self._transport.abort()

    def _read(self, data: bytes) -> None:
        if not self._up:
            return
        try:
            for frame in self._reader.feed(data):
                self._take(frame)
        except Broken as error:
            self._end(error.code.to_bytes(2, "big"))
            self._transport.abort()

    def _take(self, frame: Frame) -> None:
        if not self._up:  # the frame before was a goodbye
            return
        if frame.opcode is Opcode.TEXT and frame.last and not self._message:  # nearly all
            self._heard(frame.payload)
            return
        match frame.opcode:
            case Opcode.TEXT | Opcode.MORE:
                self._gather(frame)
            case Opcode.PING:
                self._transport.write(masked(Opcode.PONG, frame.payload, self._rng))
            case Opcode.CLOSE:
                self._end(frame.payload[:2])
                self._transport.close()
            case Opcode.BINARY:
                raise Broken(1003, "text only")
            case Opcode.PONG:
                pass

    def _gather(self, frame: Frame) -> None:
        if (frame.opcode == Opcode.MORE) != bool(self._message):
            raise Broken(1002, "a message within another")
        self._message.append(frame.payload)
        if sum(map(len, self._message)) > MOST_BYTES:
            raise Broken(1009, "too long")
        if frame.last:
            whole, self._message = b"".join(self._message), []
            self._heard(whole)

    def _end(self, payload: bytes) -> None:
        if self._up:
            self._up = False
            self._transport.write(masked(Opcode.CLOSE, payload, self._rng))

    def _ping(self) -> None:
        if not self._alive:
            self._transport.abort()
            return
        self._alive = False
        self._transport.write(masked(Opcode.PING, b"", self._rng))
        self._pinging = self._loop.call_later(_PING_S, self._ping)


async def connect(
    url: str, heard: Heard, rng: Random, timeout_s: float, tls: ssl.SSLContext | None = None
) -> WebSocket:
    """Opens ws:// or wss:// (certificates are checked unless `tls` says otherwise).

    Messages may come to `heard` from the next turn of the loop on. Raises Refused, OSError, TimeoutError.
    """
    parts = urlsplit(url)
    secure = (tls or ssl.create_default_context()) if parts.scheme == "wss" else None
    port = parts.port or (443 if secure else 80)
    key = base64.b64encode(rng.randbytes(16))
    request, accept = _handshake(parts.netloc, f"{parts.path or '/'}?{parts.query}".rstrip("?"), key)
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(timeout_s):
        _, socket = await loop.create_connection(
            lambda: WebSocket(heard, request, accept, rng), parts.hostname or "", port, ssl=secure
        )
        try:
            await socket.opened
        except asyncio.CancelledError:
            socket._transport.abort()
            raise
    return socket


def _handshake(host: str, path: str, key: bytes) -> tuple[bytes, str]:
    """The request, and what the server has to answer to it."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"Sec-WebSocket-Key: {key.decode()}", "Sec-WebSocket-Version: 13", "", ""]
    if any(mark in line for line in lines for mark in "\r\n"):
        raise ValueError("a line break in a WebSocket's address")
    accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
    return "\r\n".join(lines).encode("latin-1"), accept.decode()
