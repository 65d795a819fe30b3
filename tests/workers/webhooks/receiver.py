"""Somebody's endpoints: an HTTP server that notes what it gets and answers as a test says."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import msgspec

Answer = Callable[[int], int]
"""The status of the n-th request (from 1) at a path."""


class Call(NamedTuple):
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.json.decode(self.body)
        return found


class Receiver:
    """`answers` by path; without one a path answers 204. `held` paths answer when the test ends."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answers: dict[str, Answer] = {}
        self.more_headers: dict[str, str] = {}
        self.held: set[str] = set()
        self.over = threading.Event()
        self.port = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def at(self, path: str) -> list[Call]:
        """What came there."""
        return [call for call in self.calls if call.path == path]

    def take(self, call: Call) -> int:
        self.calls.append(call)
        if call.path in self.held:
            self.over.wait()
        answer = self.answers.get(call.path)
        return answer(len(self.at(call.path))) if answer else 204


@contextmanager
def receiving() -> Iterator[Receiver]:
    """While the block runs it listens."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(receiver.take(Call(self.path, headers, body)))
            for name, value in receiver.more_headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield receiver
    finally:
        receiver.over.set()
        server.shutdown()
        server.server_close()
