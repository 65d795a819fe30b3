"""What became of one request: its answer, or how it failed."""

from enum import StrEnum
from functools import cache
from typing import NamedTuple


class Failure(StrEnum):
    """Why no complete answer came."""

    NONE = ""
    REFUSED = "refused"
    """No connection could be opened: nothing was sent."""
    UNTRUSTED = "untrusted"
    """The server's certificate is not one to trust: nothing was sent."""
    LOST = "lost"
    """The connection ended before the answer was complete: the request may have been served."""
    TIMEOUT = "timeout"
    GARBLED = "garbled"
    """What came was no HTTP, or more than was asked for."""
    CLOSED = "closed"
    """The client itself was closed meanwhile."""


_SHED = (429, 503)
_CONFLICT = 409


class Answer(NamedTuple):
    """An answer. `status` is 0 where none came; seconds.

    `latency_s` counts from the actual send, `waited_s` is the time before it in the client's own queue.
    """

    status: int
    body: bytes
    latency_s: float
    waited_s: float = 0.0
    failure: Failure = Failure.NONE

    @property
    def ok(self) -> bool:
        """A complete answer of status 200 to 299."""
        return 200 <= self.status < 300

    @property
    def kind(self) -> str:
        """ok, shed (429, 503), conflict (409), client_error, server_error, or the failure."""
        return self.failure.value if self.failure else kind_of(self.status)


@cache
def kind_of(status: int) -> str:
    """The kind of an answer by its status."""
    if 200 <= status < 300:
        return "ok"
    if status in _SHED:
        return "shed"
    if status == _CONFLICT:
        return "conflict"
    return "server_error" if status >= 500 else "client_error"
