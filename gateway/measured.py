"""Counts and times every HTTP request, by route."""

from time import perf_counter

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.metrics import REQUEST_SECONDS, REQUESTS


class Measured:
    """ASGI middleware. Unknown paths and methods share one label, so that nobody can make new ones."""

    def __init__(self, app: ASGIApp, paths: frozenset[str]) -> None:
        self._app = app
        self._paths = paths
        self._series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on as it is."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        status = 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            requests, seconds = self._for(scope, status)
            requests.inc()
            seconds.observe(perf_counter() - began)

    def _for(self, scope: Scope, status: int) -> tuple[Counter, Histogram]:
        key = (scope["method"], scope["path"], status)
        series = self._series.get(key)
        if series is None:
            method = key[0] if key[0] in ("GET", "POST") else "other"
            labels = (method, key[1] if key[1] in self._paths else "other", str(status))
            series = REQUESTS.labels(*labels), REQUEST_SECONDS.labels(*labels)
            if key[1] in self._paths and method != "other":
                self._series[key] = series
        return series
