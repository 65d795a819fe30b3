"""Small real servers to drive: one that says exactly the given bytes, and a Starlette app in a process."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager


@asynccontextmanager
async def saying(*chunks: bytes, close: bool = False) -> AsyncIterator[str]:
    """A server that answers every read with `chunks`, a moment apart, then perhaps closes. Gives its URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65_536):
            for chunk in chunks:
                writer.write(chunk)
                await asyncio.sleep(0.005)
            if close:
                break
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """A uvicorn process that serves `app` on a port of its own."""

    def __init__(self, app: str, arguments: Sequence[str] = ()) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [sys.executable, "-m", "uvicorn", app, "--port", str(self.port), *arguments]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, timeout_s: float = 15.0) -> None:
        """Starts it and waits until it takes connections."""
        self._process = subprocess.Popen([*self._command, "--log-level", "warning"])
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise TimeoutError(f"{self._command} takes no connections")

    def kill(self) -> None:
        """SIGKILL, in the middle of whatever it does."""
        if self._process:
            self._process.kill()
            self._process.wait()


@contextmanager
def served(app: str, *arguments: str) -> Iterator[Served]:
    """Serves `app` (module:name) until the block ends."""
    server = Served(app, arguments)
    server.start()
    try:
        yield server
    finally:
        server.kill()
