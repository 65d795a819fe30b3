"""GET /chat/{session_id}, …/messages and …/transcript: what a customer reads of its conversation."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from http import HTTPStatus

from starlette.types import Receive, Scope, Send

from gateway.answers import Answer, Refused, busy, ok, send_answer
from gateway.bodies import ClientGone
from gateway.chat_status import UNREADABLE, standing_of
from gateway.consultations import limit_of, number_of, parse_query
from gateway.download import as_text
from gateway.history import MAX_SEQ
from gateway.polls import next_entries
from gateway.realtime.feed import Entry
from gateway.security.access import Caller
from gateway.security.audit import audit
from gateway.security.scope import check_session
from gateway.state import Gateway, gateway_of
from gateway.visible import decode_entry, seen_by_customer
from schemas.api import ChatMessages, ChatTranscript
from schemas.audit_trail import Action
from schemas.ids import partition_of
from schemas.states import ConversationState

CLOSED = "conversation.closed"
MOST_WAIT_S = 30
MOST_ENTRIES = 20_000
_TYPES = {"text": b"text/plain; charset=utf-8", "json": b"application/json"}
Handle = Callable[[Gateway, str, dict[str, str], Receive], Awaitable[Answer]]


class Read:
    """An ASGI endpoint that hands session, query and what the client sends on to `handle`. Staff read of
    their pool alone, and where it `exports` that is noted."""

    def __init__(self, handle: Handle, *, exports: bool = False) -> None:
        self._handle = handle
        self._exports = exports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refusals are answered as problem documents."""
        try:
            session_id = _session(scope["path_params"]["session_id"])
            asked = parse_query(scope["query_string"])
            gateway = gateway_of(scope)
            caller: Caller = scope["caller"]
            await check_session(gateway, caller, session_id)
            if self._exports:
                await audit(gateway, caller, Action.EXPORTED, session_id=session_id)
            answer = await self._handle(gateway, session_id, asked, receive)
        except Refused as refused:
            answer = refused.answer
        except ClientGone:
            return
        await send_answer(send, answer)


async def status(gateway: Gateway, session_id: str, _: dict[str, str], __: Receive) -> Answer:
    """Where the conversation stands. Raises Refused (404, 503)."""
    return ok(await standing_of(gateway, session_id))


async def messages(gateway: Gateway, session_id: str, asked: dict[str, str], receive: Receive) -> Answer:
    """Entries after `after`; where there are none yet, those that come within `wait_s`. Raises Refused."""
    after, limit = number_of(asked, "after", 0), limit_of(asked.get("limit", ""))
    wait_s = _wait_s(asked)
    found = await read(gateway, session_id, after, limit + 1)
    over = False
    if not found:
        standing = await standing_of(gateway, session_id)
        # Where its last entries are still on their way, they come before the end does.
        over = standing.state == ConversationState.CLOSED and standing.seq <= after
    if not found and wait_s and not over:
        with gateway.polls.place(session_id, gateway.settings.max_polls):
            found = await next_entries(
                gateway.feeds, session_id, after, limit + 1, wait_s, receive, gateway.polls.ending
            )
    items = tuple(seen_by_customer(decode_entry(entry.data)) for entry in found[:limit])
    return ok(
        ChatMessages(
            session_id=session_id,
            items=items,
            last_seq=items[-1].seq if items else after,
            more=len(found) > limit,
            over=over or any(item.kind == CLOSED for item in items),
        )
    )


async def transcript(gateway: Gateway, session_id: str, asked: dict[str, str], _: Receive) -> Answer:
    """All of it, as a file. Raises Refused."""
    kind = asked.get("format", "text")
    if kind not in _TYPES:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"format: {kind[:20]!r} is neither text nor json")
    found = await read(gateway, session_id, 0, MOST_ENTRIES)
    standing = await standing_of(gateway, session_id)
    items = tuple(seen_by_customer(decode_entry(entry.data)) for entry in found)
    name = await _customer_name(gateway, session_id)
    if kind == "json":
        answer = ok(ChatTranscript(customer_name=name, conversation=standing, items=items))
    else:
        answer = Answer(200, as_text(standing, name, items).encode())
    suffix = "txt" if kind == "text" else "json"
    file = f'attachment; filename="transcript-{session_id}.{suffix}"'
    headers = ((b"content-type", _TYPES[kind]), (b"content-disposition", file.encode()))
    return answer._replace(headers=headers)


async def read(gateway: Gateway, session_id: str, after: int, most: int) -> list[Entry]:
    """At most `most` entries after `after`, without a gap. Raises Refused (503)."""
    try:
        return await _contiguous(gateway.feeds.stored.session(session_id, after), after, most)
    except UNREADABLE:
        pages = gateway.feeds.stored.older(session_id, after, MAX_SEQ)
    try:
        return await _contiguous(pages, after, most)
    except UNREADABLE as error:
        raise busy("The transcript can't be read now") from error


async def _contiguous(pages: AsyncIterator[list[Entry]], after: int, most: int) -> list[Entry]:
    """What lies behind a gap is left to later: what is missing is about to be stored."""
    found: list[Entry] = []
    async with aclosing(pages) as reading:  # type: ignore[type-var]
        async for page in reading:
            for entry in page:
                if len(found) == most or entry.seq != after + 1 + len(found):
                    return found
                found.append(entry)
    return found


async def _customer_name(gateway: Gateway, session_id: str) -> str:
    try:
        return await gateway.history.customer_name(session_id)
    except UNREADABLE:
        return ""


def _session(text: str) -> str:
    try:
        partition_of(text)
    except ValueError as error:
        raise Refused(HTTPStatus.NOT_FOUND, "There is no such session") from error
    return text


def _wait_s(asked: dict[str, str]) -> int:
    wait_s = number_of(asked, "wait_s", 0)
    if wait_s > MOST_WAIT_S:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"wait_s: {wait_s} is not in 0..{MOST_WAIT_S}")
    return wait_s
