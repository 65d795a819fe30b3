"""One keep-alive HTTP/1.1 connection as a raw asyncio Protocol: one request at a time, no coroutine."""

import asyncio
from time import perf_counter
from typing import cast

import httptools

from loadgen.engine.answer import Failure


class HttpProtocol(asyncio.Protocol):
    """Sends requests and hands each complete answer to `answered`, each other end to `failed`.

    An answer counts only once the chunk that ended it is read to its end: a next request must never be
    answered by what was left over. No pipelining. `usable` is False once the connection must not be used.
    """

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.busy = False
        self.usable = False
        self.sent_at = 0.0
        self._parser = httptools.HttpResponseParser(self)
        self._body = b""
        self._forget()

    def send(self, request: bytes) -> None:
        """Sends one whole request; the connection must be usable and not busy."""
        self.busy = True
        self.sent_at = perf_counter()
        self.transport.write(request)

    def abort(self, failure: Failure) -> None:
        """Ends the connection at once; a request in flight fails so."""
        self.usable = False
        self.transport.abort()
        self._fail(failure)

    def answered(self, status: int, body: bytes) -> None:
        """A complete answer came; send the next request from here if `usable`."""
        raise NotImplementedError

    def failed(self, failure: Failure) -> None:
        """The request in flight has no answer."""
        raise NotImplementedError

    def gone(self) -> None:
        """The connection is closed, with or without a request in flight; called once."""

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's does not inherit from it
        self.usable = True

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.abort(Failure.GARBLED)
            return
        if self._completed:
            self._finish()
        elif self._begun and not self.busy:
            self.abort(Failure.GARBLED)

    def connection_lost(self, exc: Exception | None) -> None:
        self.usable = False
        if exc is None and self.busy and self._headed and not self._framed:  # the body ends here
            self._status = self._parser.get_status_code()
            self._completed, self._keep = 1, False
            self._finish()
        else:
            self._fail(Failure.LOST)
        self.gone()

    # What the parser calls

    def on_message_begin(self) -> None:
        self._begun += 1

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(name) in (14, 17) and name.lower() in (b"content-length", b"transfer-encoding"):
            self._framed = True

    def on_headers_complete(self) -> None:
        self._headed = True

    def on_body(self, body: bytes) -> None:
        self._body = self._body + body if self._body else body

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:
            self._forget()
            return
        self._completed += 1
        self._status = status
        self._keep = self._parser.should_keep_alive()

    # Inner steps

    def _finish(self) -> None:
        if not self.busy or self._completed > 1 or self._begun > 1:
            self.abort(Failure.GARBLED)
            return
        status, body = self._status, self._body
        if not self._keep:
            self.usable = False
            self.transport.close()
        self.busy = False
        self._forget()
        self.answered(status, body)

    def _fail(self, failure: Failure) -> None:
        if self.busy:
            self.busy = False
            self._forget()
            self.failed(failure)

    def _forget(self) -> None:
        self._begun = self._completed = self._status = 0
        self._headed = self._framed = self._keep = False
        self._body = b""
