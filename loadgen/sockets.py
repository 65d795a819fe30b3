"""A WebSocket client that comes back after every break, with backoff."""

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable
from random import Random

from loadgen.engine.websocket import Refused, WebSocket, connect

_BACKOFF_S = (0.1, 2.0)
_LASTED_S = 1.0
_OPEN_S = 5.0


def socket_url(gateway: str) -> str:
    """ws://… for http://…, without an ending slash."""
    return gateway.rstrip("/").replace("http", "ws", 1)


async def stay_connected(
    url: Callable[[], str],
    opened: Callable[[WebSocket], None],
    text: Callable[[bytes], None],
    rng: Random,
    counts: Counter[str],
    tls: ssl.SSLContext | None = None,
) -> None:
    """Connects to `url()` again and again, until canceled.

    Certificates of wss: are checked against the system's authorities unless `tls` says otherwise. Counts
    sockets.opened, sockets.lost, sockets.refused (no server) and sockets.<status> (an answer instead of the
    switch to WebSocket).
    """
    loop = asyncio.get_running_loop()
    backoff_s = _BACKOFF_S[0]
    while True:
        began = loop.time()
        counts[f"sockets.{await _once(url(), opened, text, rng, counts, tls)}"] += 1
        if loop.time() - began > _LASTED_S:
            backoff_s = _BACKOFF_S[0]
        await asyncio.sleep(backoff_s * rng.uniform(0.5, 1.5))
        backoff_s = min(backoff_s * 2, _BACKOFF_S[1])


async def _once(
    url: str,
    opened: Callable[[WebSocket], None],
    text: Callable[[bytes], None],
    rng: Random,
    counts: Counter[str],
    tls: ssl.SSLContext | None,
) -> str:
    """One connection, to its end; returns how it ended."""
    try:
        socket = await connect(url, text, rng, _OPEN_S, tls)
    except Refused as refusal:
        return str(refusal.status) if refusal.status else "refused"
    except (OSError, TimeoutError):
        return "refused"
    counts["sockets.opened"] += 1
    opened(socket)
    try:
        await asyncio.shield(socket.closed)
    finally:
        await socket.close()
    return "lost"


def send(socket: WebSocket | None, frame: bytes) -> None:
    """Sends a text frame without waiting; dropped where there is no open socket."""
    if socket:
        socket.send(frame)
