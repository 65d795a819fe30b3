"""One WebSocket from its handshake to its end: frames out through an outlet, frames in one by one."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Protocol

import msgspec
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.answers import Refused
from gateway.realtime.frames import FrameError, ref_of, text_of
from gateway.realtime.outlet import Ended, Outlet, close
from gateway.state import Gateway, gateway_of
from runtime.metrics import SOCKETS

Hear = Callable[[bytes], Awaitable[None]]


class Line(Protocol):
    """What one kind of socket does once it is open."""

    @property
    def outlet(self) -> Outlet:
        """Its way out."""

    async def run(self) -> None:
        """Until the socket ends."""


async def open_line(
    socket: WebSocket, kind: str, make: Callable[[Gateway, WebSocket], Line], *, lasting: bool = False
) -> None:
    """Runs the line that `make` gives; where it raises Refused, the handshake is answered with that."""
    gateway = gateway_of(socket.scope)
    try:
        gateway.lines.admit()
        line = make(gateway, socket)
    except Refused as refused:
        await deny(socket, refused)
        return
    await socket.accept()
    SOCKETS.labels(kind).inc()
    gateway.lines.add(line.outlet, lasting=lasting)
    try:
        await line.run()
    finally:
        gateway.lines.remove(line.outlet)
        SOCKETS.labels(kind).dec()


async def serve(socket: WebSocket, outlet: Outlet, hear: Hear) -> None:
    """Passes frames until either side ends. What `hear` refuses is answered, and never ends the socket."""
    sending = asyncio.create_task(outlet.run())
    hearing = asyncio.create_task(_hear(socket, outlet, hear))
    try:
        await asyncio.wait((sending, hearing), return_when=asyncio.FIRST_COMPLETED)
    finally:
        sending.cancel()
        hearing.cancel()
        ends = await asyncio.gather(sending, hearing, return_exceptions=True)
    for end in ends:
        if isinstance(end, Ended):
            await close(socket, end.end)
        elif isinstance(end, Exception) and not isinstance(end, WebSocketDisconnect | OSError):
            raise end


async def deny(socket: WebSocket, refused: Refused) -> None:
    """Answers the handshake with a problem document."""
    status, body, headers = refused.answer
    named = {name.decode(): value.decode() for name, value in headers}
    with suppress(OSError):
        await socket.send_denial_response(Response(body, status, named))


def place_of(socket: WebSocket) -> int | None:
    """The client's `last_seq`, or None. Raises Refused."""
    text = socket.query_params.get("last_seq", "")
    if not text:
        return None
    if not text.isdecimal() or len(text) > 15:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"last_seq: {text!r} is no number")
    return int(text)


async def _hear(socket: WebSocket, outlet: Outlet, hear: Hear) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        outlet.touch()
        raw: bytes = message.get("bytes") or (message.get("text") or "").encode()
        try:
            await hear(raw)
        except (msgspec.DecodeError, Refused) as error:
            outlet.push(text_of(FrameError(detail=str(error), ref=ref_of(raw))))
