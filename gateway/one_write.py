"""uvicorn's HTTP protocol with what it lacks: refusals before anything of the request is done, time limits
for clients that send or take too slowly, limits for heads and connections, and head and body of a response in
one write."""

import asyncio
from http import HTTPStatus
from math import inf

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from gateway.answers import Answer, problem
from gateway.connections import Close, count
from gateway.door import Caller
from gateway.glance import whole_post
from gateway.refusals import Refusal, response
from gateway.state import Gateway

_FULL = problem(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "There are too many connections",
    (b"retry-after", b"5"),
    reason="connections",
)
_SLOW = problem(HTTPStatus.REQUEST_TIMEOUT, "The request did not come in time")
_LARGE = problem(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too large")
_POST = b"POST"
_ORIGIN = b"origin"


class OneWrite(HttpToolsProtocol):
    """uvicorn writes the head when the response starts and then the body, each a system call of its own:
    a fifth of the time of a small request. Only for POSTs, whose responses always have a body.

    A request that the door refuses gets its answer as soon as its head is read, without a task, a scope or
    a look at its body, which is dropped as it comes.
    """

    due = inf
    _began = 0.0
    _in_head = False
    _whole = True
    _known = False
    _refused = False
    _dropping = False
    _dropped = 0
    _fed = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A new connection; one too many is told so and closed."""
        super().connection_made(transport)
        self._gateway: Gateway = self.app_state["gateway"]
        settings = self._gateway.settings
        self._caller: Caller = self._gateway.door.caller(self.client[0] if self.client else "")
        self.due = self.loop.time() + settings.head_timeout_s
        self._gateway.connections.add(self)
        if len(self.connections) > settings.connection_limit:
            self._end(Close.FULL, _FULL)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._gateway.connections.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of requests; those of a head that has no end are not kept for ever."""
        if self.transport.is_closing():
            return
        if self._refuses_unread(data):
            return
        self._fed += len(data)
        super().data_received(data)
        if self._in_head and self._fed > self._gateway.settings.head_limit_bytes:
            self._end(Close.LARGE_HEAD, _LARGE)

    def handle_websocket_upgrade(self) -> None:
        """A socket from here on."""
        self._gateway.connections.discard(self)
        super().handle_websocket_upgrade()

    def on_message_begin(self) -> None:
        """A request's first byte."""
        super().on_message_begin()
        self._in_head = True
        self._whole = False
        self._began = self.loop.time()
        self.due = self._began + self._gateway.settings.head_timeout_s

    def on_headers_complete(self) -> None:
        """A request's head was read; its task begins later, and finds the joining transport."""
        self._in_head = False
        settings = self._gateway.settings
        self.due = self._began + settings.head_timeout_s + settings.body_timeout_s
        if self._fed > settings.head_limit_bytes and _size(self.headers) > settings.head_limit_bytes:
            self._end(Close.LARGE_HEAD, _LARGE)
            self._dropping = True
            return
        method = self.parser.get_method()
        if not (self.parser.should_upgrade() and self._should_upgrade()) and self._is_refused(method):
            return
        before = self.cycle
        super().on_headers_complete()
        joinable = method == b"POST" and not self.expect_100_continue
        if self.cycle is not before and joinable:
            self.cycle.transport = _Joined(self.transport)  # type: ignore[assignment]

    def on_body(self, body: bytes) -> None:
        """A part of a request's body."""
        if not self._dropping:
            super().on_body(body)
            return
        self._dropped += len(body)
        if self._dropped > self._gateway.settings.body_limit_bytes:
            self._end(Close.LARGE_BODY)

    def on_message_complete(self) -> None:
        """A request's last byte."""
        self._fed = 0
        self._whole = True
        if self._dropping:
            self._dropping = False
            self.due = self.loop.time() + self._gateway.settings.keep_alive_s
            return
        self.due = inf
        super().on_message_complete()
        if not self._answering():
            self.due = self.loop.time() + self._gateway.settings.keep_alive_s

    def on_response_complete(self) -> None:
        """As uvicorn's, but that the time until the next request is looked at with all the others."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if not self.cycle.more_body:
            self.due = self.loop.time() + self._gateway.settings.keep_alive_s
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)

    def pause_writing(self) -> None:
        """The client takes less than it is sent."""
        super().pause_writing()
        self.due = self.loop.time() + self._gateway.settings.write_timeout_s

    def resume_writing(self) -> None:
        """It has taken it."""
        super().resume_writing()
        self.due = self.loop.time() + self._gateway.settings.keep_alive_s

    def overdue(self) -> None:
        """Ends what takes too long; what is being answered may."""
        answering = self._answering()
        if self.flow.write_paused:
            count(Close.SLOW_READER)
            self.transport.abort()
        elif answering and not self.cycle.more_body:
            self.due = inf
        elif self._in_head:
            self._end(Close.SLOW_HEAD, None if answering else _SLOW)
        elif answering:
            self._end(Close.SLOW_BODY, None if self.cycle.response_started else _SLOW)
        elif self._dropping or self._receiving():
            self._end(Close.SLOW_BODY)
        else:
            self._end(Close.IDLE)

    def _refuses_unread(self, data: bytes) -> bool:
        """While refusals are likely: without the parser where the bytes are one plain request. One that the
        door lets in is parsed, and not asked about again."""
        door = self._gateway.door
        if not (self._refused or door.admission.level) or not self._whole or self._answering():
            return False
        path = whole_post(data) if self._caller.proxy is None else None
        if path is None:
            return False
        refusal = door.refuse(_POST, path, self._caller.key)
        self._known = refusal is None
        self._refused = not self._known
        if refusal is not None:
            self._answer(_POST, path, refusal, close=False)
            self.due = self.loop.time() + self._gateway.settings.keep_alive_s
        return self._refused

    def _is_refused(self, method: bytes) -> bool:
        """By its head. False, too, where the refusal has to wait for an answer before, or needs headers that
        depend on the request: then the application gives it."""
        door = self._gateway.door
        key = self.scope["address"] = door.key(self._caller, self.headers)  # type: ignore[typeddict-unknown-key]
        if self._known:
            self._known = False
            return False
        path = self.url.partition(b"?")[0]
        refusal = door.refuse(method, path, key)
        self._refused = refusal is not None
        if refusal is None:
            return False
        if self._answering() or any(name == _ORIGIN for name, _ in self.headers):
            self.scope["refusal"] = refusal.answer  # type: ignore[typeddict-unknown-key]
            return False
        close = self.expect_100_continue or not self.parser.should_keep_alive()
        self._answer(method, path, refusal, close=close)
        self._dropping = True
        self._dropped = 0
        return True

    def _answer(self, method: bytes, path: bytes, refusal: Refusal, *, close: bool) -> None:
        gateway = self._gateway
        self.transport.write(gateway.responses.whole(refusal, self.server_state.default_headers, close=close))
        gateway.door.answered(method, path, refusal)
        if close:
            self.transport.close()

    def _answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _receiving(self) -> bool:
        """The last request was answered before it was complete."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and cycle.more_body

    def _end(self, why: Close, answer: Answer | None = None) -> None:
        """Closes the connection, with an answer if it still can be given."""
        count(why)
        if answer is not None and not self.transport.is_closing():
            self.transport.write(response(answer, self.server_state.default_headers, close=True))
        self.transport.close()


def _size(headers: list[tuple[bytes, bytes]]) -> int:
    return sum(len(name) + len(value) for name, value in headers)


class _Joined:
    """Of a transport what a response uses; keeps the first write for the second."""

    __slots__ = ("_head", "_transport", "close", "is_closing")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head: bytes | None = b""
        self.close = transport.close
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        if self._head is None:
            self._transport.write(data)
        elif self._head:
            self._transport.write(self._head + data)
            self._head = None
        else:
            self._head = data
