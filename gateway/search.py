"""GET /consultation/search: what somebody said, month by month from the newest."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from time import monotonic

from gateway.answers import Answer, Refused, ok
from gateway.consultations import cursor_of, limit_of, of_filters
from gateway.filters import NAMES, Filters, check_names, filters_of, search_of
from gateway.history import Match, Matches
from gateway.paging import Cursor
from gateway.security.access import Caller
from gateway.security.audit import audit
from gateway.security.scope import pool_of
from gateway.state import Gateway
from schemas.audit_trail import Action

_NAMES = NAMES | {"q", "limit", "cursor"}
_MOST_LETTERS, _MOST_TERMS = 200, 8
_BACK = timedelta(days=366)
_WITHIN_S = 3.0
_AHEAD = timedelta(days=1)


async def search(gateway: Gateway, caller: Caller, _: str, asked: dict[str, str]) -> Answer:
    """A page. Raises Refused and what Postgres does."""
    check_names(asked, _NAMES)
    terms, limit = _terms(asked), limit_of(asked.get("limit", ""))
    filters, after = filters_of(asked, pool_of(gateway, caller)), cursor_of(asked)
    of = of_filters(asked)
    of["detail"] = f"text {of['detail']}".strip()
    # Words may be anything about anyone: that there was a search is noted, and by which filters.
    await audit(gateway, caller, Action.SEARCHED, **of)
    query = await gateway.history.tsquery(" ".join(terms))
    if not query:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "q: there is no word in it")
    filters = await gateway.history.resolved(filters)
    return ok(await _page(gateway, filters, query, terms, after, limit))


async def _page(
    gateway: Gateway, filters: Filters, query: str, terms: list[str], after: Cursor | None, limit: int
) -> Matches:
    """Of each month what fits is put in order, so that months, not the word, bound what a page costs."""
    # A clock may be ahead of this one's.
    end = Cursor(filters.until or datetime.now(UTC) + _AHEAD, "")
    since = filters.since or end.created_at - _BACK
    end = min(end, after) if after else end
    found: list[Match] = []
    deadline = monotonic() + _WITHIN_S
    while end.created_at > since:
        begin = max(since, _month_of(end))
        found += await gateway.history.matches(
            search_of(filters, query, terms, begin, end, limit + 1 - len(found))
        )
        if len(found) > limit:
            last = found[limit - 1]
            return Matches(items=found[:limit], next_cursor=Cursor(last.created_at, last.session_id).text())
        end = Cursor(begin, "")
        if monotonic() > deadline:
            return Matches(items=found, next_cursor=end.text() if begin > since else None)
    return Matches(items=found, next_cursor=None)


def _month_of(end: Cursor) -> datetime:
    """The begin of the newest month that has rows before the cursor."""
    at = end.created_at if end.session_id else end.created_at - timedelta(microseconds=1)
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _terms(asked: Mapping[str, str]) -> list[str]:
    terms = asked.get("q", "").split()
    if not any(sum(map(str.isalnum, term)) > 1 for term in terms):
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "q: there is no word of two letters in it")
    if len(terms) > _MOST_TERMS or len(asked["q"]) > _MOST_LETTERS:
        detail = f"q: more than {_MOST_TERMS} words or {_MOST_LETTERS} letters"
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    return terms
