"""What stands before all routes: counts and times requests, and takes POSTs straight to their endpoints."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from time import perf_counter

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.answers import problem, send_answer
from gateway.endpoint import Endpoint
from gateway.spans import RequestSpan
from runtime.about import about
from runtime.metrics import REQUEST_SECONDS, REQUESTS
from runtime.tracing import is_on

log = logging.getLogger(__name__)
OTHER = "other"


class Front:
    """ASGI middleware. The five layers of Starlette cost a POST as much as its own work, so they are for
    everything else: the other methods of the same paths too."""

    def __init__(self, app: ASGIApp, posts: Mapping[str, Endpoint], paths: frozenset[str]) -> None:
        self._app = app
        self._posts = posts
        self._paths = paths
        self._series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Any request; sockets and the lifespan pass as they are."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        span = RequestSpan(scope) if is_on() else None
        status = await self._answer(scope, receive, send)
        self._count(scope, status, began)
        if span is not None:
            span.end(scope["method"], self._label(scope["path"]), status)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> int:
        if "refusal" in scope:
            await send_answer(send, scope["refusal"])
            return int(scope["refusal"].status)
        post = self._posts.get(scope["path"]) if scope["method"] == "POST" else None
        if post is None:
            return await self._noting(scope, receive, send)
        return await _guarded(post, scope, receive, send)

    def _count(self, scope: Scope, status: int, began: float) -> None:
        requests, seconds = self._series_of(scope["method"], scope["path"], status)
        requests.inc()
        seconds.observe(perf_counter() - began)

    async def _noting(self, scope: Scope, receive: Receive, send: Send) -> int:
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        await self._app(scope, receive, noting)
        return status

    def _series_of(self, method: str, path: str, status: int) -> tuple[Counter, Histogram]:
        """Unknown paths and methods share a label, so that nobody can make new ones."""
        method = method if method in ("GET", "POST") else OTHER
        key = (method, self._label(path), status)
        series = self._series.get(key)
        if series is None:
            labels = (*key[:2], str(status))
            series = self._series[key] = REQUESTS.labels(*labels), REQUEST_SECONDS.labels(*labels)
        return series

    def _label(self, path: str) -> str:
        return path if path in self._paths else OTHER


async def _guarded(post: Endpoint, scope: Scope, receive: Receive, send: Send) -> int:
    """A bug in one request is answered, and ends no other."""
    try:
        return await post.respond(scope, receive, send)
    except Exception:
        log.exception("a bug in a request", extra=about(route=scope["path"]))
        answer = problem(HTTPStatus.INTERNAL_SERVER_ERROR)
        await send_answer(send, answer)
        return answer.status
