"""A network that can be cut: connections stay open, and nothing passes; or they are gone."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from infra.stack.ports import LOOPBACK


@dataclass(eq=False)
class Trap:
    """Cuts behind the `number`-th piece (from 1) towards the target that holds `text`, or `more` pieces of
    its connection later: that piece passes, and nothing after it."""

    text: bytes
    number: int = 1
    more: int = 0
    sprung: asyncio.Event = field(default_factory=asyncio.Event)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    """The target has said something since, which nobody hears."""
    line: object = None

    def springs(self, line: object, data: bytes) -> bool:
        """Whether it is this piece of the connection `line`."""
        if self.sprung.is_set():
            return False
        if self.line is line:
            self.more -= 1
        elif self.line is None and self.text in data:
            self.number -= 1
            if self.number == 0:
                self.line = line
        if self.line is line and self.more <= 0:
            self.sprung.set()
            return True
        return False


class Proxy:
    """Forwards a port to another one, until it is cut."""

    def __init__(self, listen: int, target: int) -> None:
        self._listen, self._target = listen, target
        self._open = asyncio.Event()
        self._open.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.trap: Trap | None = None

    async def start(self) -> None:
        """From now on it forwards."""
        self._server = await asyncio.start_server(self._serve, LOOPBACK, self._listen)

    def cut(self) -> None:
        """Nothing passes any more; nobody is told."""
        self._open.clear()

    def heal(self) -> None:
        """What was held back passes, and all that follows."""
        self._open.set()

    def drop(self) -> None:
        """Every connection is gone, with what was held back; new ones pass."""
        for writer in self._writers:
            writer.transport.abort()
        self.heal()

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
        for source, sink, gate in ((reader, there_writer, self._towards), (there_reader, writer, self._back)):
            self._writers.add(sink)
            task = asyncio.ensure_future(self._forward(source, sink, partial(gate, writer)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _towards(self, line: object, data: bytes) -> None:
        """Returns when the piece may pass to the target."""
        await self._open.wait()
        if self.trap and self.trap.springs(line, data):
            self.cut()

    async def _back(self, line: object, data: bytes) -> None:
        """Returns when the piece may pass to the client."""
        if self.trap and self.trap.sprung.is_set() and self.trap.line is line:
            self.trap.answered.set()
        await self._open.wait()

    async def _forward(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        gate: Callable[[bytes], Awaitable[None]],
    ) -> None:
        try:
            while data := await source.read(1 << 16):
                await gate(data)
                sink.write(data)
                await sink.drain()
        except OSError:
            pass
        finally:
            sink.close()
            self._writers.discard(sink)
