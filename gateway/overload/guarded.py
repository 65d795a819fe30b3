"""The gateway's HTTP protocol: what the door refuses is answered before anything else of it is done."""

import asyncio

from gateway.overload.connections import Close
from gateway.overload.door import Caller
from gateway.overload.glance import whole_post
from gateway.overload.refusals import Refusal
from gateway.overload.timed import Timed

_POST = b"POST"
_ORIGIN = b"origin"


class Guarded(Timed):
    """A request that is refused gets its answer as soon as its head is read, or before, without a task or a
    look at its body, which is dropped as it comes."""

    _known = False
    """The request that comes next was let in already."""

    _refused = False
    """The request before was refused."""

    _dropping = False
    _dropped = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A new connection."""
        super().connection_made(transport)
        self._door = self._gateway.door
        self._caller: Caller = self._door.caller(self.client[0] if self.client else "")

    def data_received(self, data: bytes) -> None:
        """Bytes of requests."""
        if not self._refuses_unread(data):
            super().data_received(data)

    def on_headers_complete(self) -> None:
        """A request's head was read."""
        if self._refuse_large_head() or self._refuses():
            self._in_head = False
            self._dropping = True
            self._dropped = 0
            self.due = self._began + self._settings.head_timeout_s + self._settings.body_timeout_s
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of a request's body."""
        if not self._dropping:
            super().on_body(body)
            return
        self._dropped += len(body)
        if self._dropped > self._settings.body_limit_bytes:
            self._end(Close.LARGE_BODY)

    def on_message_complete(self) -> None:
        """A request's last byte."""
        if self._dropping:
            self._dropping = False
            self._complete()
        else:
            super().on_message_complete()

    def _refuses_unread(self, data: bytes) -> bool:
        """While refusals are likely: without the parser where the bytes are one plain request. One that the
        door lets in is parsed, and not asked about again."""
        likely = self._refused or self._door.admission.level > 0.0
        if not likely or not self._whole or self._answering() or self.transport.is_closing():
            return False
        path = whole_post(data) if self._caller.proxy is None else None
        if path is None:
            return False
        refusal = self._door.refuse(_POST, path, self._caller.key)
        self._known = refusal is None
        self._refused = refusal is not None
        if refusal is not None:
            self._answer(_POST, path, refusal, close=False)
            self._rest()
        return self._refused

    def _refuses(self) -> bool:
        """By its head. False, too, where the refusal has to wait for an answer before, or needs headers that
        depend on the request: then the application gives it."""
        method = self.parser.get_method()
        key = self._door.key(self._caller, self.headers)
        if self.parser.should_upgrade() and self._should_upgrade():
            return self._refuses_handshake(method, key)
        self.scope["address"] = key  # type: ignore[typeddict-unknown-key]
        if self._known:
            self._known = False
            return False
        path = self.url.partition(b"?")[0]
        refusal = self._door.refuse(method, path, key)
        self._refused = refusal is not None
        if refusal is None:
            return False
        if self._answering() or any(name == _ORIGIN for name, _ in self.headers):
            self.scope["refusal"] = refusal.answer  # type: ignore[typeddict-unknown-key]
            return False
        close = self.expect_100_continue or not self.parser.should_keep_alive()
        self._answer(method, path, refusal, close=close)
        return True

    def _refuses_handshake(self, method: bytes, key: str | None) -> bool:
        """A socket is refused for its address's limit alone; what it says has limits of its own."""
        path = self.url.partition(b"?")[0]
        refusal = self._door.refuse_handshake(path, key)
        if refusal is not None:
            self._answer(method, path, refusal, close=True)
        return refusal is not None

    def handle_websocket_upgrade(self) -> None:
        """A socket from here on, unless it was refused."""
        if not self.transport.is_closing():
            super().handle_websocket_upgrade()

    def _answer(self, method: bytes, path: bytes, refusal: Refusal, *, close: bool) -> None:
        common = self.server_state.default_headers
        self.transport.write(self._gateway.responses.whole(refusal, common, close=close))
        self._door.answered(method, path, refusal)
        if close:
            self.transport.close()
