"""HTTP answers as values, and problem documents among them."""

from http import HTTPStatus
from random import uniform
from typing import NamedTuple

import msgspec
from starlette.types import Send

from gateway.problems import Kind, kind_of
from gateway.security.headers import DATA
from schemas.api import Problem
from schemas.codec import encode

Header = tuple[bytes, bytes]
_JSON: Header = (b"content-type", b"application/json")
_PROBLEM: Header = (b"content-type", b"application/problem+json")
_RETRY_AFTER_S = (1.0, 4.0)


class Answer(NamedTuple):
    """A whole answer."""

    status: int
    body: bytes
    headers: tuple[Header, ...] = (_JSON,)


class Refused(Exception):
    """The request has no success; `answer` is a problem document that says why."""

    def __init__(
        self, status: HTTPStatus, detail: str = "", *headers: Header, kind: Kind | None = None
    ) -> None:
        super().__init__(detail)
        self.answer = problem(status, detail, *headers, kind=kind)

    @classmethod
    def by(cls, answer: "Answer") -> "Refused":
        """With a document that is there already."""
        refused = cls(HTTPStatus(answer.status))
        refused.answer = answer
        return refused


def ok(body: msgspec.Struct) -> Answer:
    """200 with `body` as JSON."""
    return Answer(200, encode(body))


def problem(
    status: HTTPStatus, detail: str = "", *headers: Header, reason: str = "", kind: Kind | None = None
) -> Answer:
    """An RFC 9457 document; where no kind is said, the one of its reason, or of its status."""
    document = Problem(title=status.phrase, status=status.value, detail=detail, reason=reason)
    if said := kind or kind_of(status, reason):
        document.type, document.title = said.type, said.title
    return Answer(status.value, encode(document), (_PROBLEM, *headers))


def bad_field(detail: str, field: str) -> Refused:
    """422; `field` is the path of what is wrong, in the words of the decoder's own refusals."""
    return Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"{detail} - at `$.{field}`")


def busy(detail: str, kind: Kind = Kind.UNAVAILABLE) -> Refused:
    """503; clients come back at different times, so that they do not come back all at once."""
    wait_s = b"%d" % round(uniform(*_RETRY_AFTER_S))
    return Refused(HTTPStatus.SERVICE_UNAVAILABLE, detail, (b"retry-after", wait_s), kind=kind)


async def send_answer(send: Send, answer: Answer) -> None:
    """Writes a whole HTTP response."""
    length = (b"content-length", b"%d" % len(answer.body))
    headers = [length, *DATA, *answer.headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
