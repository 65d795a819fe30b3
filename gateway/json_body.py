"""JSON bodies, read within a limit and checked by what decodes them."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

import msgspec
from starlette.types import Receive, Scope

from gateway.answers import Refused
from gateway.bodies import read_body
from gateway.unreadable import why_unreadable

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)
MOST_BYTES = 1 << 20


async def read_json(
    decode: Callable[[bytes], T],
    scope: Scope,
    receive: Receive,
    *,
    limit: int = MOST_BYTES,
    expected: str = "a JSON object",
) -> T:
    """The body of at most `limit` bytes. Raises Refused (400, 413, 422 naming the field) and ClientGone."""
    raw = await read_body(receive, dict(scope["headers"]).get(b"content-length", b""), limit)
    try:
        return decode(raw)
    except msgspec.ValidationError as error:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Refused(HTTPStatus.BAD_REQUEST, why_unreadable("body", expected, raw, error)) from error


async def read_as(kind: type[S], scope: Scope, receive: Receive) -> S:
    """The same, as that struct."""
    return await read_json(msgspec.json.Decoder(kind).decode, scope, receive)
