"""A network that can be cut: connections stay open, and nothing passes."""

import asyncio

from infra.stack.ports import LOOPBACK


class Proxy:
    """Forwards a port to another one, until it is cut."""

    def __init__(self, listen: int, target: int) -> None:
        self._listen, self._target = listen, target
        self._open = asyncio.Event()
        self._open.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """From now on it forwards."""
        self._server = await asyncio.start_server(self._serve, LOOPBACK, self._listen)

    def cut(self) -> None:
        """Nothing passes any more; nobody is told."""
        self._open.clear()

    def heal(self) -> None:
        """What was held back passes, and all that follows."""
        self._open.set()

    async def stop(self) -> None:
        """Closes everything."""
        if self._server:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._open.wait()
        try:
            there_reader, there_writer = await asyncio.open_connection(LOOPBACK, self._target)
        except OSError:
            writer.close()
            return
        for source, sink in ((reader, there_writer), (there_reader, writer)):
            task = asyncio.ensure_future(self._forward(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _forward(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(1 << 16):
                await self._open.wait()
                sink.write(data)
                await sink.drain()
        except OSError:
            pass
        finally:
            sink.close()
