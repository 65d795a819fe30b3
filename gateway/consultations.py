"""GET /consultation/history."""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl

import asyncpg
from msgspec.structs import replace
from starlette.types import Receive, Scope, Send

from gateway.answers import Answer, Refused, busy, ok, send_answer
from gateway.history import MAX_LIMIT, Consultation, Page
from gateway.paging import BadCursor, Cursor
from gateway.problems import Kind
from gateway.security.access import Caller
from gateway.security.audit import Of, audit
from gateway.state import Gateway, gateway_of
from gateway.visible import seen_by_customer
from schemas.audit_trail import Action
from schemas.ids import partition_of

_LIMIT = 20
_MOST_DIGITS = 15


class History:
    """An ASGI endpoint."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refusals are answered as problem documents."""
        try:
            answer = await _answer(gateway_of(scope), scope["caller"], scope["query_string"])
        except Refused as refused:
            answer = refused.answer
        await send_answer(send, answer)


async def _answer(gateway: Gateway, caller: Caller, query: bytes) -> Answer:
    asked = parse_query(query)
    limit, after = limit_of(asked.get("limit", "")), _cursor(asked.get("cursor", ""))
    session_id, customer_id = asked.get("session_id", ""), asked.get("customer_id", "")
    if not session_id and not customer_id:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "Name a customer_id or a session_id")
    of = Of(session_id=session_id) if session_id else Of(customer_id=customer_id)
    await audit(gateway, caller, Action.SEARCHED, **of)
    try:
        if session_id:
            messages = asked.get("include") == "messages"
            return ok(await _one(gateway, caller, session_id, messages=messages))
        return ok(await gateway.history.page(customer_id, after, limit))
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise busy("History can't be read now") from error


async def _one(gateway: Gateway, caller: Caller, session_id: str, *, messages: bool) -> Page:
    try:
        partition_of(session_id)
    except ValueError as error:
        raise Refused(HTTPStatus.NOT_FOUND, "There is no such session", kind=Kind.UNKNOWN_SESSION) from error
    found = await gateway.history.one(session_id, messages=messages)
    if found and not _sees_notes(gateway, caller):
        found = _for_customer(found)
    return Page(items=[found] if found else [], next_cursor=None)


def _sees_notes(gateway: Gateway, caller: Caller) -> bool:
    """Staff do; in the local profile, where no token is required, it is not known who asks."""
    return bool(caller.roles) or (gateway.settings.profile == "local" and not gateway.passes.required)


def _for_customer(found: Consultation) -> Consultation:
    """Without what agents noted, as on the customer's socket."""
    messages = None if found.messages is None else list(map(seen_by_customer, found.messages))
    return replace(found, note="", messages=messages)


def parse_query(query: bytes) -> dict[str, str]:
    """The parameters, the last one of a name. Raises Refused (400, 422)."""
    try:
        asked = dict(parse_qsl(query.decode(), errors="strict", max_num_fields=20))
    except ValueError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, f"The query can't be read: {error}") from error
    for name, value in asked.items():
        if "\0" in value:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"NUL characters are not allowed - at `{name}`")
    return asked


def limit_of(text: str) -> int:
    """How many rows a page has. Raises Refused (422)."""
    if not text:
        return _LIMIT
    if not _is_number(text) or not 1 <= int(text) <= MAX_LIMIT:
        detail = f"limit: {text[:_MOST_DIGITS]!r} is not in 1..{MAX_LIMIT}"
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    return int(text)


def number_of(asked: Mapping[str, str], name: str, default: int) -> int:
    """A whole number among the parameters. Raises Refused (422)."""
    text = asked.get(name, "")
    if text and not _is_number(text):
        detail = f"{name}: {text[:_MOST_DIGITS]!r} is no number"
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    return int(text) if text else default


def _is_number(text: str) -> bool:
    """Of the digits 0 to 9 alone: other scripts' are digits for Python, too."""
    return text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS


def _cursor(text: str) -> Cursor | None:
    try:
        return Cursor.parse(text) if text else None
    except BadCursor as error:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"cursor: {error}") from error
