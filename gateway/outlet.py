"""Frames on their way to one socket: a bounded queue, and the end of sockets that take too little."""

import asyncio
from collections import deque

from starlette.websockets import WebSocket

from runtime.metrics import FRAMES, SLOW_SOCKETS

TOO_SLOW = 1013
FAILED = 1011
_CLOSE_S = 5.0


class TooSlow(Exception):
    """The client takes too little."""


class Outlet:
    """Takes frames at once and sends them in order; `run` does the sending.

    Feeds wait for room. What can't wait (`push`) may go beyond the bound by as much again, then the
    socket counts as too slow, as it does when its full queue does not move for `slow_s`.
    """

    def __init__(self, socket: WebSocket, kind: str, limit: int, slow_s: float) -> None:
        self._socket = socket
        self._limit = limit
        self._slow_s = slow_s
        self._frames: deque[str] = deque()
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()
        self._overrun = False
        self._sent = FRAMES.labels(kind)
        self._slow = SLOW_SOCKETS.labels(kind)

    def has_room(self) -> bool:
        """The queue is below its bound."""
        return len(self._frames) < self._limit

    async def room(self) -> None:
        """Returns when the queue is below its bound."""
        while not self.has_room():
            self._emptied.clear()
            await self._emptied.wait()

    def push(self, frame: str) -> None:
        """Adds a frame."""
        self._frames.append(frame)
        self._filled.set()
        self._overrun = len(self._frames) > 2 * self._limit

    async def run(self) -> None:
        """Sends until cancelled. Raises TooSlow; OSError or WebSocketDisconnect when the socket is gone."""
        while True:
            while self._frames:
                frame = self._frames.popleft()
                if len(self._frames) < self._limit:
                    self._emptied.set()
                await self._send(frame)
            self._filled.clear()
            await self._filled.wait()

    async def _send(self, frame: str) -> None:
        try:
            async with asyncio.timeout(self._slow_s):
                await self._socket.send_text(frame)
        except TimeoutError as error:
            raise self._too_slow() from error
        self._sent.inc()
        if self._overrun:
            raise self._too_slow()

    def _too_slow(self) -> TooSlow:
        self._slow.inc()
        return TooSlow()


async def close_slow(socket: WebSocket) -> None:
    """Says why, if the client still reads."""
    await _close(socket, TOO_SLOW, "too slow")


async def close_failed(socket: WebSocket) -> None:
    """Says that it is our fault, if the client still reads."""
    await _close(socket, FAILED, "internal error")


async def close_over(socket: WebSocket, code: int) -> None:
    """Says that its token is over, if the client still reads."""
    await _close(socket, code, "token over")


async def _close(socket: WebSocket, code: int, reason: str) -> None:
    try:
        async with asyncio.timeout(_CLOSE_S):
            await socket.close(code, reason)
    except (TimeoutError, OSError, RuntimeError):
        pass
