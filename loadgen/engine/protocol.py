"""One keep-alive HTTP/1.1 connection as a raw asyncio Protocol: one request at a time, no coroutine."""

import asyncio
import re
from time import perf_counter
from typing import cast

import httptools

from loadgen.engine.answer import Failure

_HEAD_END = b"\r\n\r\n"
_LONGEST_HEAD = 65_536
_INTERIM = (b"HTTP/1.1 1", b"HTTP/1.0 1")
_FRAMED = re.compile(rb"\r\n(content-length|transfer-encoding)[ \t]*:", re.IGNORECASE)


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
        self._begun = self._completed = self._status = 0
        self._keep = False
        self._body = self._raw = b""

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
        if not self._raw:
            self._raw = data
        elif len(self._raw) < _LONGEST_HEAD:
            self._raw += data
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
        if exc is None and self.busy and _unframed(self._raw):  # the body ends here
            self._status = self._parser.get_status_code()
            self._completed, self._keep = 1, False
            self._finish()
        else:
            self._fail(Failure.LOST)
        self.gone()

    # What the parser calls; a callback for each header would cost a tenth of a request

    def on_message_begin(self) -> None:
        self._begun += 1

    def on_body(self, body: bytes) -> None:
        self._body = self._body + body if self._body else body

    def on_message_complete(self) -> None:
        parser = self._parser
        status = parser.get_status_code()
        if status < 200:
            self._begun, self._body = 0, b""
            return
        self._completed += 1
        self._status = status
        self._keep = parser.should_keep_alive()

    # Inner steps

    def _finish(self) -> None:
        if not self.busy or self._completed > 1 or self._begun > 1:
            self.abort(Failure.GARBLED)
            return
        if not self._keep:
            self.usable = False
            self.transport.close()
        self.busy = False
        body = self._body
        self._begun = self._completed = 0
        self._body = self._raw = b""
        self.answered(self._status, body)

    def _fail(self, failure: Failure) -> None:
        if self.busy:
            self.busy = False
            self._begun = self._completed = 0
            self._body = self._raw = b""
            self.failed(failure)


def _unframed(raw: bytes) -> bool:
    """Whether an answer's head is complete and says no length: its body lasts until the connection ends."""
    while raw.startswith(_INTERIM):
        raw = raw.partition(_HEAD_END)[2]
    head, ended, _ = raw.partition(_HEAD_END)
    return bool(ended) and not _FRAMED.search(head)
