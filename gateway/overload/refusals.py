"""Refusals of the door: problem documents made once, and the bytes of whole responses with them."""

from enum import StrEnum
from http import HTTPStatus
from random import random
from typing import NamedTuple

from gateway.answers import Answer, Header, problem

_LONGEST_S = 8
_JITTER_S = 4


class Reason(StrEnum):
    """Why; in metrics and as the document's `reason`."""

    OVERLOAD = "overload"
    """The platform does not keep up."""

    ROUTE_LIMIT = "route_limit"
    ADDRESS_LIMIT = "address_limit"
    CUSTOMER_LIMIT = "customer_limit"
    SWITCHED_OFF = "switched_off"
    """An operator has switched such requests off."""


_SAYS = {
    Reason.OVERLOAD: (HTTPStatus.SERVICE_UNAVAILABLE, "The platform does not keep up; nothing was done"),
    Reason.ROUTE_LIMIT: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        "There are too many such requests; nothing was done",
    ),
    Reason.ADDRESS_LIMIT: (HTTPStatus.TOO_MANY_REQUESTS, "Too many requests from this address"),
    Reason.SWITCHED_OFF: (
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Such requests are not taken for the moment; nothing was done",
    ),
    Reason.CUSTOMER_LIMIT: (HTTPStatus.TOO_MANY_REQUESTS, "Too many requests of this customer"),
}


class Refusal(NamedTuple):
    """One of those made once; `retry_s` is what its Retry-After says."""

    reason: Reason
    retry_s: int
    answer: Answer


def _made(reason: Reason, retry_s: int) -> Refusal:
    status, detail = _SAYS[reason]
    return Refusal(
        reason, retry_s, problem(status, detail, (b"retry-after", b"%d" % retry_s), reason=reason.value)
    )


_MADE = {reason: [_made(reason, second) for second in range(_LONGEST_S + _JITTER_S)] for reason in Reason}


def refusal(reason: Reason, wait_s: float = 0.0) -> Refusal:
    """To come back in `wait_s` at the earliest, and in up to 4 s more: not all at the same time."""
    return _MADE[reason][min(int(wait_s), _LONGEST_S - 1) + 1 + int(random() * _JITTER_S)]


class Responses:
    """The bytes of refusals, made anew when the server's own headers (the date) are others."""

    def __init__(self) -> None:
        self._common: list[Header] = []
        self._made: dict[tuple[Reason, int, bool], bytes] = {}

    def whole(self, refused: Refusal, common: list[Header], *, close: bool) -> bytes:
        """Head and body; `common` are the headers that all the server's responses have."""
        if common is not self._common:
            self._common = common
            self._made.clear()
        key = (refused.reason, refused.retry_s, close)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = response(refused.answer, common, close=close)
        return found


def response(answer: Answer, common: list[Header], *, close: bool) -> bytes:
    """A whole HTTP/1.1 response."""
    status = HTTPStatus(answer.status)
    headers = [*common, *answer.headers, (b"content-length", b"%d" % len(answer.body))]
    if close:
        headers.append((b"connection", b"close"))
    lines = b"".join(b"%b: %b\r\n" % header for header in headers)
    return b"HTTP/1.1 %d %b\r\n%b\r\n%b" % (status, status.phrase.encode(), lines, answer.body)
