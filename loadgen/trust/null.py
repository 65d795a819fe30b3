"""`python -m loadgen.trust.null`: a server that does nothing, in a process of its own.

It answers every request with 200 and `{"status":"ok"}`, at once or, with --delay, after a drawn time. What a
generator measures against it is the generator's and the machine's own. It reads as much HTTP as it must: the
heads' ends and Content-Length.
"""

import argparse
import asyncio
import random
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import cast

import uvloop

from loadgen.times import Duration

_BODY = b'{"status":"ok"}'
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
    len(_BODY),
    _BODY,
)
_HEAD_END = b"\r\n\r\n"
_START_S = 15.0
Answer = Callable[[asyncio.Transport], None]


class _Null(asyncio.Protocol):
    _transport: asyncio.Transport

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        while (end := _end(data)) > 0:
            self._answer(self._transport)
            data = data[end:]
        self._rest = data


def _end(data: bytes) -> int:
    """Where the first request ends; 0 where it has not come wholly."""
    head = data.find(_HEAD_END)
    if head < 0:
        return 0
    end = head + len(_HEAD_END)
    at = data.find(b"ontent-", 0, head)
    while at >= 0:
        if data[at + 7 : at + 15].lower() == b"length: ":
            end += int(data[at + 15 : data.index(b"\r\n", at)])
            break
        at = data.find(b"ontent-", at + 7, head)
    return end if end <= len(data) else 0


def _at_once(transport: asyncio.Transport) -> None:
    transport.write(_ANSWER)


def _after(delay: Duration, seed: int) -> Answer:
    rng, loop = random.Random(seed), asyncio.get_running_loop()
    return lambda transport: cast("None", loop.call_later(delay.draw(rng), transport.write, _ANSWER))


async def serve(port: int, delay: Duration | None, seed: int, tls: ssl.SSLContext | None) -> None:
    """Serves on 127.0.0.1 until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    answer = _after(delay, seed) if delay else _at_once
    server = await loop.create_server(lambda: _Null(answer), "127.0.0.1", port, backlog=4096, ssl=tls)
    ending = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, ending.set)
    await ending.wait()
    server.close()


class Null:
    """A running one. `pid` is its process."""

    def __init__(self, port: int, process: subprocess.Popen[bytes], scheme: str) -> None:
        self.port = port
        self.url = f"{scheme}://127.0.0.1:{port}"
        self.pid = process.pid


@contextmanager
def null_server(*, delay: str = "", seed: int = 1, certificate: str = "") -> Iterator[Null]:
    """Starts one on a free port, until the block ends. `certificate` is a PEM file with its key: then TLS."""
    port = _free_port()
    command = [sys.executable, "-m", "loadgen.trust.null", "--port", str(port), "--seed", str(seed)]
    command += ["--delay", delay] if delay else []
    command += ["--certificate", certificate] if certificate else []
    process = subprocess.Popen(command)
    try:
        _await_port(port, process)
        yield Null(port, process, "https" if certificate else "http")
    finally:
        process.send_signal(signal.SIGCONT)  # a paused one could not end
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    end = monotonic() + _START_S
    while monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
        except OSError:
            continue
        return
    raise TimeoutError("the null server takes no connections")


def main() -> None:
    """Serves until it is ended."""
    parser = argparse.ArgumentParser(prog="python -m loadgen.trust.null", description=__doc__)
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--delay", default="", help="seconds as in profiles: 0.02, lognormal:0.02:0.5, …")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--certificate", default="", help="a PEM file with certificate and key: TLS")
    given = parser.parse_args()
    tls = None
    if given.certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(given.certificate)
    delay = Duration.parse(given.delay) if given.delay else None
    uvloop.run(serve(given.port, delay, given.seed, tls))


if __name__ == "__main__":
    main()
