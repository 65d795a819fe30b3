"""The /ready and /metrics endpoint of a process, in a thread of its own."""

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import make_wsgi_app

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def serve_health(port: int, ready: Callable[[], bool]) -> None:
    """Serves on 127.0.0.1:`port` until the process ends; 0 serves nothing."""
    if not port:
        return
    metrics = make_wsgi_app()

    def answer(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/metrics":
            pages: Iterable[bytes] = metrics(environ, start)
            return pages
        fine = environ["PATH_INFO"] in ("/ready", "/health/ready") and ready()
        start("200 OK" if fine else "503 Service Unavailable", [("Content-Type", "text/plain")])
        return [b"ready\n" if fine else b"not ready\n"]

    server = make_server("127.0.0.1", port, answer, handler_class=_Silent)
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
