"""GET /consultation/export: any number of consultations as a file, a page in memory at a time."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import NamedTuple

from starlette.types import Receive, Scope, Send

from gateway.answers import Refused, busy, send_answer
from gateway.consultations import UNREADABLE, of_filters, parse_query
from gateway.filters import NAMES, Filters, check_names, filters_of
from gateway.history import Consultation
from gateway.paging import Cursor
from gateway.security.access import Caller
from gateway.security.audit import audit
from gateway.security.headers import DATA
from gateway.security.scope import pool_of
from gateway.state import Gateway, gateway_of
from schemas.audit_trail import Action
from schemas.codec import encode

_ROWS = 1_000
_AT_A_TIME = 2
_SEND_S = 60.0
COLUMNS = (
    "session_id", "created_at", "customer_id", "customer_name", "customer_phone", "channel", "status",
    "state", "started_at", "ended_at", "agent_id", "agent_name", "pool", "queue", "reason", "disposition",
    "note", "message_count", "rating", "rating_comment",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Format(NamedTuple):
    media_type: bytes
    head: bytes
    write: Callable[[Iterable[Consultation]], bytes]


class Export:
    """An ASGI endpoint."""

    def __init__(self) -> None:
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refusals are answered as problem documents. What can't be read later on breaks the answer off, so
        that nobody takes a part for the whole."""
        try:
            pages, name, form = await self._begun(gateway_of(scope), scope["caller"], scope["query_string"])
        except UNREADABLE:
            await send_answer(send, busy("History can't be read now").answer)
            return
        except Refused as refused:
            await send_answer(send, refused.answer)
            return
        self._running += 1
        try:
            file = b'attachment; filename="%s"' % name.encode()
            headers = [(b"content-type", form.media_type), (b"content-disposition", file), *DATA]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await _tell(send, form.head, more=True)
            if scope["method"] != "HEAD":
                async for page in pages:
                    await _tell(send, form.write(page), more=True)
            await _tell(send, b"", more=False)
        finally:
            self._running -= 1

    async def _begun(
        self, gateway: Gateway, caller: Caller, query: bytes
    ) -> tuple[AsyncIterator[list[Consultation]], str, _Format]:
        """Raises Refused, and what Postgres does where it does not answer at all."""
        asked = parse_query(query, blank=True)
        check_names(asked, NAMES | {"format"})
        kind = asked.get("format") or "csv"
        if kind not in _FORMATS:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"format: {kind[:20]!r} is neither csv nor ndjson")
        filters = filters_of(asked, pool_of(gateway, caller))
        if self._running >= _AT_A_TIME:
            raise busy("Others are exporting")
        await audit(gateway, caller, Action.EXPORTED, **of_filters(asked))
        filters = await gateway.history.resolved(filters)
        await gateway.history.answers()
        name = f"consultations-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.{kind}"
        return _pages(gateway, filters), name, _FORMATS[kind]


async def _pages(gateway: Gateway, filters: Filters) -> AsyncIterator[list[Consultation]]:
    """By keyset and not by a cursor of the server's: neither transaction nor connection waits for who reads
    slowly. Newest first: what begins meanwhile is not in it."""
    after: Cursor | None = None
    while found := await gateway.history.rows(filters, after, _ROWS):
        yield found
        after = Cursor(found[-1].created_at, found[-1].session_id)


async def _tell(send: Send, body: bytes, *, more: bool) -> None:
    async with asyncio.timeout(_SEND_S):
        await send({"type": "http.response.body", "body": body, "more_body": more})


def as_csv(rows: Iterable[Iterable[object]]) -> bytes:
    """RFC 4180. What a spreadsheet would take for a formula begins with an apostrophe."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv_page(page: Iterable[Consultation]) -> bytes:
    return as_csv([getattr(one, column) for column in COLUMNS] for one in page)


def _ndjson_page(page: Iterable[Consultation]) -> bytes:
    return b"".join(encode(one) + b"\n" for one in page)


_FORMATS = {
    "csv": _Format(b"text/csv; charset=utf-8", as_csv([COLUMNS]), _csv_page),
    "ndjson": _Format(b"application/x-ndjson", b"", _ndjson_page),
}
