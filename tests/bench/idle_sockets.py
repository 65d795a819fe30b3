"""Customers' sockets that do nothing but answer pings, from a process of its own: the clients' memory and
loop are none of the gateway's."""

import asyncio
import os
import sys
from base64 import b64encode
from typing import cast

import uvloop

_AT_ONCE = 50
_OPEN_S = 30.0


class Idle(asyncio.Protocol):
    """One socket: shakes hands, then answers pings with their payload. Counts what comes besides."""

    def __init__(self, path: str, opened: "asyncio.Future[None]") -> None:
        self._path, self._opened = path, opened
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport = cast("asyncio.Transport", transport)
        key = b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        if not self._opened.done():
            self._opened.set_result(None) if b" 101 " in data[:16] else self._opened.set_exception(
                ConnectionError(data[:60].decode(errors="replace"))
            )
            return
        at = data.find(b"\x89\x04")
        if at >= 0:
            # The mask is nothing, so that the payload goes back as it came.
            self._transport.write(bytes([0x8A, 0x84]) + bytes(4) + data[at + 2 : at + 6])

    def connection_lost(self, error: Exception | None) -> None:
        if not self._opened.done():
            self._opened.set_exception(ConnectionError("closed at once"))


async def _open(port: int, path: str) -> None:
    loop = asyncio.get_running_loop()
    opened: asyncio.Future[None] = loop.create_future()
    await loop.create_connection(lambda: Idle(path, opened), "127.0.0.1", port)
    async with asyncio.timeout(_OPEN_S):
        await opened


async def _run(port: int) -> None:
    """Opens a socket for each session id on standard input, says how many there are, and stays."""
    paths = [f"/ws/customer?session_id={line.strip()}" for line in sys.stdin]
    for at in range(0, len(paths), _AT_ONCE):
        await asyncio.gather(*(_open(port, path) for path in paths[at : at + _AT_ONCE]))
        print(min(at + _AT_ONCE, len(paths)), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(_run(int(sys.argv[1])))
