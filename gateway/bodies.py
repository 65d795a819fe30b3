"""Request bodies: read within a limit, JSON or form-encoded, checked against their struct."""

from http import HTTPStatus
from typing import Generic, TypeVar
from urllib.parse import parse_qsl

import msgspec
from starlette.types import Receive, Scope

from gateway.answers import Refused, bad_field
from gateway.depth import is_too_deep
from gateway.trace import traceparent_of
from gateway.unreadable import why_unreadable
from schemas.api import Body

B = TypeVar("B", bound=Body)
_JSON = b"application/json"
_FORM = b"application/x-www-form-urlencoded"
_MAX_FIELDS = 100
_LISTS = frozenset({"skills", "attachment_ids"})


class ClientGone(Exception):
    """The client left before its request was complete; nobody waits for an answer."""


async def read_body(receive: Receive, declared: bytes, limit: int) -> bytes:
    """The whole body; `declared` is its Content-Length or empty. Raises Refused (413) and ClientGone."""
    if declared and int(declared) > limit:
        raise _too_large(limit)
    message = await receive()
    body: bytes = message.get("body", b"")
    while message["type"] == "http.request" and message.get("more_body") and len(body) <= limit:
        message = await receive()
        body += message.get("body", b"")
    if message["type"] != "http.request":
        raise ClientGone
    if len(body) > limit:
        raise _too_large(limit)
    return body


class BodyReader(Generic[B]):
    """Reads requests' bodies as `kind`."""

    def __init__(self, kind: type[B]) -> None:
        self._kind = kind
        self._decode = msgspec.json.Decoder(kind).decode
        needs_none = not any(field.required for field in msgspec.structs.fields(kind))
        self._empty = b"{}" if needs_none else b""

    async def read(self, scope: Scope, receive: Receive, limit: int) -> tuple[B, str]:
        """The request's body and its traceparent, if any.

        Raises Refused (400, 413, 415, 422 naming the field) and ClientGone.
        """
        media_type = declared = b""
        traceparent = ""
        for name, value in scope["headers"]:
            if name == b"content-type":
                media_type = value
            elif name == b"content-length":
                declared = value
            elif name == b"traceparent":
                traceparent = traceparent_of(value)
        return self.parse(media_type, await read_body(receive, declared, limit)), traceparent

    def parse(self, media_type: bytes, raw: bytes) -> B:
        """`raw` as the struct; without a media type it is taken for JSON. Raises Refused."""
        try:
            body = self._decode_json(raw) if media_type == _JSON else self._parse_other(media_type, raw)
        except msgspec.ValidationError as error:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            detail = why_unreadable("body", "a JSON object or a form", raw, error)
            raise Refused(HTTPStatus.BAD_REQUEST, detail) from error
        # Postgres stores no NUL; the bytes of one written any way end in 0.
        if b"u0000" in raw or b"%00" in raw or b"\0" in raw:
            _refuse_nul(body)
        return body

    def _decode_json(self, raw: bytes) -> B:
        if is_too_deep(raw):
            raise RecursionError
        return self._decode(raw)

    def _parse_other(self, media_type: bytes, raw: bytes) -> B:
        essence = media_type.partition(b";")[0].strip().lower()
        if essence in (b"", _JSON):
            return self._decode_json(raw or self._empty)
        if essence == _FORM:
            return msgspec.convert(form_fields(raw), self._kind, strict=False)
        detail = f"{essence.decode('latin-1')} is neither JSON nor a form"
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)


def form_fields(raw: bytes) -> dict[str, str | list[str]]:
    """The fields of a form, the last one of a name; lists as comma-separated or repeated names.

    Raises ValueError for what is no UTF-8 or has too many fields.
    """
    fields: dict[str, str | list[str]] = {}
    pairs = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    for name, value in pairs:
        if name in _LISTS:
            before = fields.get(name, [])
            fields[name] = [*before, *(part.strip() for part in value.split(",") if part.strip())]
        else:
            fields[name] = value
    return fields


def _refuse_nul(body: msgspec.Struct) -> None:
    for field in body.__struct_fields__:
        if _has_nul(msgspec.to_builtins(getattr(body, field))):
            raise bad_field("NUL characters are not allowed", field)


def _has_nul(value: object) -> bool:
    match value:
        case str():
            return "\0" in value
        case list() | tuple():
            return any(map(_has_nul, value))
        case dict():
            return any(map(_has_nul, value.values()))
        case _:
            return False


def _too_large(limit: int) -> Refused:
    return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body has at most {limit} bytes")
