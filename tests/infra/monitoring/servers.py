"""Prometheus and Alertmanager as processes, and whom Alertmanager tells: a webhook, Slack, a mail server."""

import json
import socketserver
import subprocess
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import yaml

from infra.stack import free_port

Told = dict[str, Any]


class Server(NamedTuple):
    """A running one, by its address."""

    address: str

    def get(self, path: str) -> Any:
        """An answer's JSON. Raises OSError."""
        with urllib.request.urlopen(f"http://{self.address}{path}", timeout=5) as answer:
            return json.load(answer)

    def post(self, path: str, body: object) -> Any:
        """An answer's JSON, None where it has no body."""
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"http://{self.address}{path}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=5) as answer:
            read = answer.read()
            return json.loads(read) if read else None

    def is_ready(self) -> bool:
        """Whether it says so; Alertmanager and Prometheus have the same path."""
        try:
            with urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def asked(self, expr: str) -> list[Told]:
        """The series of an expression; Prometheus' own. Raises HTTPError for one that it refuses."""
        return list(self.get(f"/api/v1/query?query={quote(expr)}")["data"]["result"])


@contextmanager
def prometheus(config: Mapping[str, Any], directory: Path) -> Iterator[Server]:
    """With its data in `directory`."""
    (directory / "prometheus.yaml").write_text(yaml.safe_dump(dict(config)))
    command = ["prometheus", "--config.file", "prometheus.yaml", "--storage.tsdb.path", "data"]
    with _running(command, directory) as server:
        yield server


@contextmanager
def alertmanager(config: Mapping[str, Any], directory: Path) -> Iterator[Server]:
    """Alone: it looks for no others."""
    (directory / "alertmanager.yaml").write_text(yaml.safe_dump(dict(config)))
    command = ["prometheus-alertmanager", "--config.file", "alertmanager.yaml", "--storage.path", "told"]
    with _running([*command, "--cluster.listen-address="], directory) as server:
        yield server


@contextmanager
def _running(command: list[str], directory: Path) -> Iterator[Server]:
    address = f"127.0.0.1:{free_port()}"
    with (directory / f"{command[0]}.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--web.listen-address", address], cwd=directory, stdout=log, stderr=log
        )
        try:
            yield Server(address)
        finally:
            process.terminate()
            process.wait(10)


class Hook:
    """Hears what is posted to it: path, body and the Authorization header of each message."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Told, str]] = []
        hook = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                hook.heard.append((self.path, body, self.headers.get("authorization", "")))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def messages(self, path: str, status: str, **labels: str) -> list[Told]:
        """Those to a path with alerts of that status that have all these labels."""
        return [
            body
            for where, body, _ in self.heard
            if where == path
            and any(
                one["status"] == status and labels.items() <= one["labels"].items() for one in body["alerts"]
            )
        ]

    @contextmanager
    def listening(self) -> Iterator["Hook"]:
        """Until the block ends."""
        with serving(self._server):
            yield self


class Mailbox(socketserver.ThreadingTCPServer):
    """As much of SMTP as one letter needs; `letters` are whole, with their headers."""

    def __init__(self) -> None:
        self.letters: list[str] = []
        super().__init__(("127.0.0.1", 0), _Letter)
        self.address = f"127.0.0.1:{self.server_address[1]}"


class _Letter(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        self._say("220 ready")
        for line in self.rfile:
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                self._say("354 go on")
                self.server.letters.append(b"".join(iter(self.rfile.readline, b".\r\n")).decode())
            self._say("221 bye" if word == b"QUIT" else "250 fine")
            if word == b"QUIT":
                return

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[None]:
    """In a thread, until the block ends."""
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
