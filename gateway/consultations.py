"""GET /consultation/history and /consultation/{session_id}."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode

import asyncpg
from msgspec.structs import replace
from starlette.types import Receive, Scope, Send

from gateway.answers import Answer, Refused, busy, ok, send_answer
from gateway.filters import NAMES, check_names, filters_of
from gateway.history import MAX_LIMIT, Consultation, Page
from gateway.paging import BadCursor, Cursor
from gateway.problems import Kind
from gateway.security.access import Caller
from gateway.security.audit import Of, audit
from gateway.security.scope import check_owner, pool_of
from gateway.state import Gateway, gateway_of
from gateway.visible import seen_by_customer
from schemas.audit_trail import Action
from schemas.ids import partition_of

UNREADABLE = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
_LIMIT = 20
_MOST_DIGITS = 15
_HISTORY = NAMES | {"session_id", "include", "limit", "cursor"}
Handle = Callable[[Gateway, Caller, str, dict[str, str]], Awaitable[Answer]]


class Consultations:
    """An ASGI endpoint that hands on who asks for what."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refusals are answered as problem documents."""
        session_id = scope["path_params"].get("session_id", "")
        try:
            asked = parse_query(scope["query_string"], blank=True)
            answer = await self._handle(gateway_of(scope), scope["caller"], session_id, asked)
        except UNREADABLE:
            answer = busy("History can't be read now").answer
        except Refused as refused:
            answer = refused.answer
        await send_answer(send, answer)


async def history(gateway: Gateway, caller: Caller, _: str, asked: dict[str, str]) -> Answer:
    """A page of those that the filters name, or one session. Raises Refused and what Postgres does."""
    check_names(asked, _HISTORY)
    if "session_id" in asked:
        messages = asked.get("include") == "messages"
        found = await _one(gateway, caller, asked["session_id"], messages=messages)
        return ok(Page(items=[found] if found else [], next_cursor=None))
    limit, after = limit_of(asked.get("limit", "")), cursor_of(asked)
    filters = filters_of(asked, pool_of(gateway, caller))
    await audit(gateway, caller, Action.SEARCHED, **of_filters(asked))

    async def ask() -> Page:
        return await gateway.history.page(filters, after, limit)

    return Answer(200, await gateway.history_cache.page(filters, after, limit, ask))


async def consultation(gateway: Gateway, caller: Caller, session_id: str, asked: dict[str, str]) -> Answer:
    """One, with its transcript. Raises Refused and what Postgres does."""
    check_names(asked, frozenset({"messages"}))
    wanted = asked.get("messages", "true")
    if wanted not in ("true", "false"):
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "messages: is neither true nor false")
    found = await _one(gateway, caller, session_id, messages=wanted == "true")
    if found is None:
        raise Refused(HTTPStatus.NOT_FOUND, "There is no such session", kind=Kind.UNKNOWN_SESSION)
    return ok(found)


async def _one(gateway: Gateway, caller: Caller, session_id: str, *, messages: bool) -> Consultation | None:
    try:
        partition_of(session_id)
    except ValueError as error:
        raise Refused(HTTPStatus.NOT_FOUND, "There is no such session", kind=Kind.UNKNOWN_SESSION) from error
    own = pool_of(gateway, caller)
    await audit(gateway, caller, Action.SEARCHED, session_id=session_id)
    found = await gateway.history.one(session_id, messages=messages)
    if found:
        check_owner(own, found.pool or "")
    return found if found is None or _sees_notes(gateway, caller) else _for_customer(found)


def of_filters(asked: Mapping[str, str]) -> Of:
    """What the audit says was asked for."""
    rest = {name: text for name, text in asked.items() if name in NAMES - {"customer_id"} and text}
    return Of(customer_id=asked.get("customer_id", ""), detail=urlencode(rest, safe=":+"))


def _sees_notes(gateway: Gateway, caller: Caller) -> bool:
    """Staff do; in the local profile, where no token is required, it is not known who asks."""
    return bool(caller.roles) or (gateway.settings.profile == "local" and not gateway.passes.required)


def _for_customer(found: Consultation) -> Consultation:
    """Without what agents noted, as on the customer's socket."""
    messages = None if found.messages is None else list(map(seen_by_customer, found.messages))
    return replace(found, note="", messages=messages)


def parse_query(query: bytes, *, blank: bool = False) -> dict[str, str]:
    """The parameters, the last one of a name; empty ones too where `blank`. Raises Refused (400, 422)."""
    try:
        asked = dict(parse_qsl(query.decode(), keep_blank_values=blank, errors="strict", max_num_fields=20))
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


def cursor_of(asked: Mapping[str, str]) -> Cursor | None:
    """After which row the page begins. Raises Refused (422)."""
    text = asked.get("cursor", "")
    try:
        return Cursor.parse(text) if text else None
    except BadCursor as error:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"cursor: {error}") from error
