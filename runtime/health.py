"""The /ready, /live and /metrics endpoint of a process, in a thread of its own."""

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import make_wsgi_app

from runtime.pulse import is_alive

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def serve_health(port: int, ready: Callable[[], bool], host: str = "127.0.0.1") -> None:
    """Serves on `host`:`port` until the process ends; port 0 serves nothing. `/ready` is for who waits for it
    or counts on it; `/live` is 503 when only a new start helps: the loop is stuck."""
    if not port:
        return
    metrics = make_wsgi_app()

    def answer(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/metrics":
            pages: Iterable[bytes] = metrics(environ, start)
            return pages
        path = environ["PATH_INFO"]
        fine = is_alive() if path == "/live" else path in ("/ready", "/health/ready") and ready()
        start("200 OK" if fine else "503 Service Unavailable", [("Content-Type", "text/plain")])
        return [b"ready\n" if fine else b"not ready\n"]

    server = make_server(host, port, answer, handler_class=_Silent)
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
