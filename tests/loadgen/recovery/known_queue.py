"""`python -m tests.loadgen.recovery.known_queue PORT PER_S`: takes work at once and does it at a known rate.

GET /lag tells how much of it is left. The queue is counted by the clock, so it is exact.
"""

import asyncio
import sys
from time import perf_counter

import uvloop

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b"


class Queue:
    """What is left of what came, served at `per_s`."""

    def __init__(self, per_s: float) -> None:
        self._per_s, self._left, self._at = per_s, 0.0, perf_counter()

    def left(self) -> float:
        """How many are not done at this moment."""
        now = perf_counter()
        self._left = max(0.0, self._left - (now - self._at) * self._per_s)
        self._at = now
        return self._left

    def add(self) -> None:
        """One more."""
        self._left = self.left() + 1


class Connection(asyncio.Protocol):
    """Requests that come whole, one after the other: enough for our own client."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        body = b"{}"
        if data.startswith(b"GET /lag"):
            body = b"%d" % round(self._queue.left())
        else:
            self._queue.add()
        self._transport.write(_HEAD % (len(body), body))  # type: ignore[attr-defined]


async def serve(port: int, per_s: float) -> None:
    """Until killed."""
    queue = Queue(per_s)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(queue), "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), float(sys.argv[2])))
