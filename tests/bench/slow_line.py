"""A line to a server whose answers come later: a planted slowness, as of a busy or distant database."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from infra.stack.ports import LOOPBACK


@contextmanager
def slow_line(target: int, delay_s: float) -> Iterator[int]:
    """The port of a line to `target` on this machine, in a thread of its own; each piece of an answer is held
    back for `delay_s`, whatever else is under way."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    line = _Line(target, delay_s)
    try:
        yield asyncio.run_coroutine_threadsafe(line.start(), loop).result()
    finally:
        asyncio.run_coroutine_threadsafe(line.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Line:
    def __init__(self, target: int, delay_s: float) -> None:
        self._target, self._delay_s = target, delay_s
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self._server:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(LOOPBACK, self._target)
        for source, sink, delay_s in ((reader, there_writer, 0.0), (there_reader, writer, self._delay_s)):
            task = asyncio.ensure_future(_forward(source, sink, delay_s))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


async def _forward(source: asyncio.StreamReader, sink: asyncio.StreamWriter, delay_s: float) -> None:
    loop = asyncio.get_running_loop()
    with suppress(OSError):
        while data := await source.read(1 << 16):
            if delay_s:
                loop.call_later(delay_s, _write, sink, data)
            else:
                sink.write(data)
    loop.call_later(delay_s, sink.close)


def _write(sink: asyncio.StreamWriter, data: bytes) -> None:
    if not sink.is_closing():
        sink.write(data)
