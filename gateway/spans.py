"""Requests, commands, news and frames as spans."""

import time
from asyncio import Future
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from starlette.types import Scope

from gateway.commands import Post
from runtime.tracing import (
    NAME,
    Kind,
    Span,
    at_edge,
    child,
    context_of,
    current,
    is_sampled,
    of_record,
    record,
    within,
)
from schemas.envelope import header

Ended = Callable[["Future[None]"], None]
_BYTES = 55
_FAILED = 500


class RequestSpan:
    """A request to the platform: in its caller's trace, or the first of a new one."""

    def __init__(self, scope: Scope) -> None:
        sent = next((value for name, value in scope["headers"] if name == b"traceparent"), b"")
        self._found = sent.decode("latin-1")
        self._context = at_edge(self._found)
        self._began_ns = time.time_ns()
        current.set(self._context)

    def end(self, method: str, route: str, status: int) -> None:
        """It is answered."""
        if not self._context:
            return
        attributes: dict[str, str | int] = {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
            "url.scheme": "http",
        }
        parent = self._found if is_sampled(self._found) else ""
        error = str(status) if status >= _FAILED else ""
        now_ns = time.time_ns()
        name = f"{method} {route}"
        record(
            Span(name, Kind.SERVER, self._context, parent, self._began_ns, now_ns, attributes, error=error)
        )


def traced(post: Post) -> tuple[Post, Ended | None]:
    """The command in a context of its own, and what to call when the broker has it. What comes over a socket
    is no part of a request: a trace begins with it."""
    inside = current.get()
    parent = context_of(post.headers) if inside is None else inside
    if inside is None and not parent:
        context = at_edge(header(post.headers, NAME))
    else:
        context = child(parent) if parent else ""
    if not context:
        return post, None
    post = post._replace(headers=within(post.headers, context))
    return post, partial(_record_sent, post, context, parent, time.time_ns())


def _record_sent(post: Post, context: str, parent: str, began_ns: int, sent: "Future[None]") -> None:
    failed = None if sent.cancelled() else sent.exception()
    error = type(failed).__name__ if failed else ""
    attributes = of_record("send", post.topic, post.partition, post.headers, post.key)
    name, now_ns = f"send {post.topic}", time.time_ns()
    record(Span(name, Kind.PRODUCER, context, parent, began_ns, now_ns, attributes, error=error))


def unwrapped(payload: bytes) -> tuple[str, bytes]:
    """What the notifier published: the context before it, if there is one, and the JSON."""
    if payload[:3] == b"00-" and payload[_BYTES : _BYTES + 1] == b"{":
        return payload[:_BYTES].decode(), payload[_BYTES:]
    return "", payload


@contextmanager
def hearing(channel: str, parent: str) -> Iterator[None]:
    """Around the hearing of news, sampled as they are: what it causes is a part of it."""
    context, began_ns = child(parent), time.time_ns()
    token = current.set(context)
    try:
        yield
    finally:
        current.reset(token)
        template = channel.rpartition(":")[0]
        attributes: dict[str, str | int] = {
            "messaging.system": "redis",
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.destination.name": channel,
            "messaging.destination.template": f"{template}:{{id}}",
        }
        name, now_ns = f"process {template}", time.time_ns()
        record(Span(name, Kind.CONSUMER, context, parent, began_ns, now_ns, attributes))


class Frame(str):
    """A frame on its way to a socket, within a trace."""

    __slots__ = ("began_ns", "parent")

    began_ns: int
    parent: str


def framed(frame: str) -> str:
    """The frame, with the trace that it is pushed in, if any."""
    parent = current.get()
    if not parent:
        return frame
    made = Frame(frame)
    made.parent, made.began_ns = parent, time.time_ns()
    return made


def pushed(frame: str, kind: str) -> None:
    """The frame is in the socket's buffer."""
    if isinstance(frame, Frame):
        attributes: dict[str, str | int] = {"network.protocol.name": "websocket", "aicc.socket": kind}
        context, now_ns = child(frame.parent), time.time_ns()
        record(Span(f"push {kind}", Kind.PRODUCER, context, frame.parent, frame.began_ns, now_ns, attributes))
