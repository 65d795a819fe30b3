"""`python -m tests.loadgen.sweep.small_target`: answers every request after SMALL_DELAY_MS; SMALL_OTHER does
nothing. Serves at SMALL_PORT."""

import asyncio
import os
import socket

DELAY_S = float(os.environ.get("SMALL_DELAY_MS", "0")) / 1000
_METRICS = b"# TYPE small_held_seconds histogram\n"


class Target:
    """Counts what it answers, for /metrics."""

    def __init__(self) -> None:
        self.answered = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request after request without bodies."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                writer.write(await self._answer(head.split()[1]))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _answer(self, path: bytes) -> bytes:
        if path == b"/metrics":
            return _answered(_METRICS + self._told().encode())
        if path != b"/ready":
            await asyncio.sleep(DELAY_S)
            self.answered += 1
        return _answered(b"ok")

    def _told(self) -> str:
        count, held = self.answered, self.answered * DELAY_S
        name = "small_held_seconds"
        return (
            f'{name}_bucket{{le="{DELAY_S}"}} {count}\n{name}_bucket{{le="+Inf"}} {count}\n'
            f"{name}_sum {held}\n{name}_count {count}\n"
        )


def _answered(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


async def main() -> None:
    """Until SIGTERM."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listening.bind(("127.0.0.1", int(os.environ["SMALL_PORT"])))
    server = await asyncio.start_server(Target().serve, sock=listening)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
