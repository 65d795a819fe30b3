"""Frames on their way to one socket: a bounded queue, and the end of sockets that take too little."""

import asyncio
from collections import deque
from enum import Enum

from starlette.websockets import WebSocket

from gateway.spans import framed, pushed
from runtime.metrics import FRAMES, SLOW_SOCKETS
from runtime.tracing import is_on

_CLOSE_S = 5.0


class End(Enum):
    """Why we close a socket: the code and what is said with it. 1007 (no UTF-8), 1009 (a frame too large) and
    1011 (no answer to a ping) are the protocol's own, below us."""

    FAILED = (1011, "internal error")
    RESTART = (1012, "restart")
    TOO_SLOW = (1013, "too slow")
    IDLE = (4008, "idle")
    TOKEN_OVER = (4401, "token over")


class Ended(Exception):
    """The socket is to be closed, all that it was to be told being sent or given up."""

    def __init__(self, end: End) -> None:
        super().__init__(end.name)
        self.end = end


class Outlet:
    """Takes frames at once and sends them in order; `run` does the sending.

    Feeds wait for room. What can't wait (`push`) may go beyond the bound by as much again, then the
    socket counts as too slow, as it does when its full queue does not move for `slow_s`.
    """

    __slots__ = (
        "_end",
        "_frames",
        "_kind",
        "_limit",
        "_loop",
        "_overrun",
        "_rooms",
        "_sent",
        "_sleeping",
        "_slow",
        "_slow_s",
        "_socket",
        "moved_at",
    )

    def __init__(self, socket: WebSocket, kind: str, limit: int, slow_s: float) -> None:
        self._loop = asyncio.get_running_loop()
        self.moved_at = self._loop.time()
        self._socket = socket
        self._kind = kind
        self._limit = limit
        self._slow_s = slow_s
        self._frames: deque[str] = deque()
        # Futures where they are needed, as an idle socket's two events would be a twentieth of its memory.
        self._sleeping: asyncio.Future[None] | None = None
        self._rooms: list[asyncio.Future[None]] = []
        self._overrun = False
        self._end: End | None = None
        self._sent = FRAMES.labels(kind)
        self._slow = SLOW_SOCKETS.labels(kind)

    def has_room(self) -> bool:
        """The queue is below its bound."""
        return len(self._frames) < self._limit

    async def room(self) -> None:
        """Returns when the queue is below its bound."""
        while not self.has_room():
            waiting = self._loop.create_future()
            self._rooms.append(waiting)
            await waiting

    def push(self, frame: str) -> None:
        """Adds a frame; after the last one none."""
        if self._end is None:
            self._frames.append(framed(frame) if is_on() else frame)
            self._wake()
            self._overrun = len(self._frames) > 2 * self._limit

    def finish(self, end: End, *last: str) -> None:
        """What is there is sent, then `last`, then the socket is closed."""
        for frame in last:
            self.push(frame)
        self._end = self._end or end
        self._wake()

    def touch(self) -> None:
        """The client has said something."""
        self.moved_at = self._loop.time()

    async def run(self) -> None:
        """Sends until cancelled. Raises Ended; OSError or WebSocketDisconnect when the socket is gone."""
        while True:
            while self._frames:
                frame = self._frames.popleft()
                if self._rooms and self.has_room():
                    self._say_room()
                await self._send(frame)
            if self._end is not None:
                raise Ended(self._end)
            self._sleeping = self._loop.create_future()
            await self._sleeping

    def _wake(self) -> None:
        if self._sleeping is not None and not self._sleeping.done():
            self._sleeping.set_result(None)

    def _say_room(self) -> None:
        waiting, self._rooms = self._rooms, []
        for one in waiting:
            if not one.done():
                one.set_result(None)

    async def _send(self, frame: str) -> None:
        try:
            async with asyncio.timeout(self._slow_s):
                await self._socket.send_text(frame)
        except TimeoutError as error:
            raise self._too_slow() from error
        self._sent.inc()
        if is_on():
            pushed(frame, self._kind)
        self.touch()
        if self._overrun:
            raise self._too_slow()

    def _too_slow(self) -> Ended:
        self._slow.inc()
        return Ended(End.TOO_SLOW)


async def close(socket: WebSocket, end: End) -> None:
    """Says why, if the client still reads."""
    try:
        async with asyncio.timeout(_CLOSE_S):
            await socket.close(*end.value)
    except (TimeoutError, OSError, RuntimeError):
        pass
