"""JSON bodies of /ops, checked against their struct."""

from http import HTTPStatus
from typing import TypeVar

import msgspec
from starlette.types import Receive, Scope

from gateway.answers import Refused
from gateway.bodies import read_body
from gateway.unreadable import why_unreadable

B = TypeVar("B", bound=msgspec.Struct)
MOST_BYTES = 1 << 20


async def read_as(kind: type[B], scope: Scope, receive: Receive) -> B:
    """The body. Raises Refused (400, 413, 422) and ClientGone."""
    raw = await read_body(receive, dict(scope["headers"]).get(b"content-length", b""), MOST_BYTES)
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        detail = why_unreadable("body", "a JSON object", raw, error)
        raise Refused(HTTPStatus.BAD_REQUEST, detail) from error
