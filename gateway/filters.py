"""What may be asked of consultations, and the statements that ask it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, NamedTuple

import msgspec
from msgspec.structs import replace

from gateway.answers import Refused
from gateway.paging import Cursor
from gateway.sql import SQL
from schemas.states import Channel, ConsultationStatus

NAMES = frozenset({"from", "to", "status", "customer_id", "agent_id", "queue", "channel", "phone"})
_Moment = Annotated[datetime, msgspec.Meta(tz=True)]
_NEVER = Cursor(datetime(9999, 12, 31, tzinfo=UTC), "")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEWEST = "c.created_at DESC, c.session_id DESC"


class Filters(msgspec.Struct, kw_only=True, frozen=True):
    """All that are named must hold; `since` is within, `until` is not. `pool` is whose consultations the
    reader may see: those of that pool, and those that have none."""

    since: datetime | None = None
    until: datetime | None = None
    status: str = ""
    customer_id: str = ""
    agent_id: str = ""
    queue: str = ""
    channel: str = ""
    phone: str = ""
    customers: tuple[str, ...] | None = None
    """Who has the phone, in place of it: how many they are decides the plan."""

    pool: str = ""

    @property
    def by_status(self) -> bool:
        """No other column that has an index is named."""
        return bool(self.status) and not (
            self.customer_id or self.agent_id or self.queue or self.customers is not None
        )


class Statement(NamedTuple):
    """SQL with its arguments."""

    sql: str
    arguments: tuple[object, ...]


class Where:
    """Conditions that are joined by AND."""

    def __init__(self, arguments: list[object] | None = None) -> None:
        self._parts: list[str] = []
        self._arguments = [] if arguments is None else arguments

    def beside(self) -> "Where":
        """Other conditions of the same statement."""
        return Where(self._arguments)

    def add(self, condition: str, *arguments: object) -> None:
        """`condition` with a `{}` for each argument."""
        self._parts.append(condition.format(*map(self.argument, arguments)))

    def argument(self, value: object) -> str:
        """The place of another argument."""
        self._arguments.append(value)
        return f"${len(self._arguments)}"

    @property
    def text(self) -> str:
        """All conditions."""
        return " AND ".join(self._parts) or "true"

    def statement(self, name: str, **parts: str) -> Statement:
        """The statement of that name, with these conditions."""
        return Statement(SQL[name].format(where=self.text, **parts), tuple(self._arguments))


def filters_of(asked: Mapping[str, str], pool: str) -> Filters:
    """What the query asks for, as a reader of `pool` or (empty) of all. Raises Refused (422)."""
    since, until = _moment(asked, "from"), _moment(asked, "to")
    if since and until and since >= until:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "to: is not after from")
    return Filters(
        since=since,
        until=until,
        status=_one_of(asked, "status", list(ConsultationStatus)),
        customer_id=asked.get("customer_id", ""),
        agent_id=asked.get("agent_id", ""),
        queue=asked.get("queue", ""),
        channel=_one_of(asked, "channel", list(Channel)),
        phone=asked.get("phone", ""),
        pool=pool,
    )


def check_names(asked: Mapping[str, str], known: frozenset[str]) -> None:
    """A filter that is misspelt or left empty would let everything through. Raises Refused (422)."""
    for name, value in asked.items():
        if name not in known:
            detail = f"{name[:40]}: is none of {', '.join(sorted(known))}"
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
        if not value and name in NAMES:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"{name}: is empty")


def page_of(filters: Filters, after: Cursor | None, limit: int) -> Statement:
    """The newest `limit` after the cursor."""
    where, start = Where(), after
    if filters.until and (start is None or filters.until < start.created_at):
        start = Cursor(filters.until, "")
    if start:
        # By itself, as no row comparison tells the planner which months are left.
        where.add("c.created_at <= {}", start.created_at)
    if filters.since:
        where.add("c.created_at >= {}", filters.since)
    if filters.by_status:
        _by_status(where, filters, start)
        order = f"c.status DESC, {_NEWEST}"
        filters = replace(filters, status="")
    else:
        if start:
            where.add("(c.created_at, c.session_id) < ({}, {})", *start)
        order = _NEWEST
    equals(where, filters)
    return where.statement("history", order=order, limit=where.argument(limit))


def _by_status(where: Where, filters: Filters, start: Cursor | None) -> None:
    """Bounds within consultations_status, and the only index that has this order: by `status = …` the planner
    takes a frequent status for an order by time alone, and reads past all others."""
    where.add("(c.status, c.created_at, c.session_id) < ({}, {}, {})", filters.status, *(start or _NEVER))
    where.add("(c.status, c.created_at) >= ({}, {})", filters.status, filters.since or _EPOCH)


def search_of(
    filters: Filters, query: str, terms: list[str], begin: datetime, end: Cursor, limit: int
) -> Statement:
    """The newest `limit` from `begin` on and before the cursor in which somebody said all `terms`, which
    `query` (a tsquery) narrows down."""
    said = Where()
    said.add("search_words(m.text) @@ {}::text::tsquery", query)
    for term in terms:
        said.add("position(lower({}) IN lower(m.text)) > 0", term)
    said.add("m.created_at >= {}", begin)
    said.add("m.created_at <= {}", end.created_at)
    said.add("(m.created_at, m.session_id) < ({}, {})", *end)
    where = said.beside()
    equals(where, filters)
    return where.statement("search", said=said.text, limit=where.argument(limit))


def estimate_of(filters: Filters) -> Statement:
    """Asks the planner how many there are."""
    where = Where()
    bounds(where, filters)
    equals(where, filters)
    return where.statement("history_estimate")


def bounds(where: Where, filters: Filters) -> None:
    """From and to."""
    if filters.since:
        where.add("c.created_at >= {}", filters.since)
    if filters.until:
        where.add("c.created_at < {}", filters.until)


def equals(where: Where, filters: Filters) -> None:
    """All filters but from and to."""
    for column in ("status", "customer_id", "agent_id", "queue", "channel"):
        if value := getattr(filters, column):
            where.add(f"c.{column} = {{}}", value)
    assert not filters.phone
    if filters.customers is not None:
        where.add("c.customer_id = ANY ({}::text[])", filters.customers)
    if filters.pool:
        where.add("(c.pool = {} OR c.pool IS NULL)", filters.pool)


def _moment(asked: Mapping[str, str], name: str) -> datetime | None:
    text = asked.get(name, "")
    if not text:
        return None
    try:
        # A plus that was not escaped comes as a space.
        found = msgspec.convert(text[:11] + text[11:].replace(" ", "+"), _Moment, strict=False)
        return found.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError) as error:
        detail = f"{name}: {text[:40]!r} is no time such as 2026-11-01T00:00:00Z"
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, detail) from error


def _one_of(asked: Mapping[str, str], name: str, known: list[str]) -> str:
    value = asked.get(name, "")
    if value and value not in known:
        detail = f"{name}: {value[:40]!r} is none of {', '.join(known)}"
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    return value
