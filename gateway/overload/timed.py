"""uvicorn's HTTP protocol with limits of time and size for clients: it has none but for idle connections."""

import asyncio
from http import HTTPStatus
from math import inf

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from gateway.answers import Answer, problem
from gateway.one_write import OneWrite
from gateway.overload.connections import Close, count
from gateway.overload.refusals import response
from gateway.state import Gateway

_FULL = problem(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "There are too many connections",
    (b"retry-after", b"5"),
    reason="connections",
)
_SLOW = problem(HTTPStatus.REQUEST_TIMEOUT, "The request did not come in time")
_LARGE = problem(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too large")


class Timed(OneWrite):
    """`due` is looked at now and then with all others' (`connections.py`): no request has its own timer."""

    due = inf
    _began = 0.0
    _in_head = False
    _whole = True
    _fed = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A new connection; one too many is told so and closed."""
        super().connection_made(transport)
        self._gateway: Gateway = self.app_state["gateway"]
        self._settings = self._gateway.settings
        self.due = self.loop.time() + self._settings.head_timeout_s
        self._gateway.connections.add(self)
        if len(self.connections) > self._settings.connection_limit:
            self._end(Close.FULL, _FULL)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._gateway.connections.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of requests; those of a head that has no end are not kept for ever."""
        if self.transport.is_closing():
            return
        self._fed += len(data)
        super().data_received(data)
        if self._in_head and self._fed > self._settings.head_limit_bytes:
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
        self.due = self._began + self._settings.head_timeout_s

    def on_headers_complete(self) -> None:
        """A request's head was read."""
        self._in_head = False
        self.due = self._began + self._settings.head_timeout_s + self._settings.body_timeout_s
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """A request's last byte."""
        self._complete()
        super().on_message_complete()
        if self._answering():
            self.due = inf

    def on_response_complete(self) -> None:
        """As uvicorn's, but that the time until the next request is looked at with all the others."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self._whole:
            self._rest()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)

    def pause_writing(self) -> None:
        """The client takes less than it is sent."""
        super().pause_writing()
        self.due = self.loop.time() + self._settings.write_timeout_s

    def resume_writing(self) -> None:
        """It has taken it."""
        super().resume_writing()
        self._rest()

    def overdue(self) -> None:
        """Ends what takes too long; what is being answered may."""
        answering = self._answering()
        if self.flow.write_paused:
            count(Close.SLOW_READER)
            self.transport.abort()
        elif self._in_head:
            self._end(Close.SLOW_HEAD, None if answering else _SLOW)
        elif not self._whole:
            self._end(Close.SLOW_BODY, _SLOW if answering and not self.cycle.response_started else None)
        elif answering:
            self.due = inf
        else:
            self._end(Close.IDLE)

    def _refuse_large_head(self) -> bool:
        """It came at once, and so was not refused before its end."""
        limit = self._settings.head_limit_bytes
        if self._fed <= limit or sum(len(name) + len(value) for name, value in self.headers) <= limit:
            return False
        self._end(Close.LARGE_HEAD, _LARGE)
        return True

    def _complete(self) -> None:
        """Nothing of a request has come that is not complete."""
        self._fed = 0
        self._whole = True
        self._rest()

    def _rest(self) -> None:
        """Until the next request."""
        self.due = self.loop.time() + self._settings.keep_alive_s

    def _answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _end(self, why: Close, answer: Answer | None = None) -> None:
        """Closes the connection, with an answer if it still can be given."""
        count(why)
        if answer is not None and not self.transport.is_closing():
            self.transport.write(response(answer, self.server_state.default_headers, close=True))
        self.transport.close()
