"""GET /reports/intervals."""

import csv
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from io import StringIO

import asyncpg
import msgspec
from starlette.types import Receive, Scope

from gateway.answers import Answer, Refused, bad_field, busy, ok
from gateway.consultations import parse_query
from gateway.reports.store import HISTOGRAMS, MOST_ROWS, Interval, Intervals, by_queue
from gateway.security.access import check_pool
from gateway.security.guard import caller_of
from gateway.security.tokens import Role
from gateway.state import Gateway

_DAY = timedelta(days=1)
_FORMATS = ("json", "csv")
_BY = ("queue", "agent")
_FILTERS = ("queue", "agent", "channel")


async def get_intervals(gateway: Gateway, scope: Scope, _: Receive) -> Answer:
    """A supervisor's own pool, or all. Raises Refused (403, 422, 503)."""
    asked, caller = parse_query(scope["query_string"]), caller_of(scope)
    pool = asked.get("pool", "")
    if caller.pool and not caller.may(Role.ADMIN):
        pool = pool or caller.pool
        check_pool(caller, pool)
    kind = asked.get("format", "json")
    if kind not in _FORMATS:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"format: {kind[:20]!r} is neither json nor csv")
    by = asked.get("by", "agent" if asked.get("agent") else "queue")
    if by not in _BY:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"by: {by[:20]!r} is neither queue nor agent")
    end = _time(asked, "to", datetime.now(UTC))
    begin = _time(asked, "from", end - _DAY)
    of = [asked.get(name, "") for name in _FILTERS]
    try:
        rows = await gateway.intervals.rows(begin, end, pool, *of)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise busy("The reports can't be read now") from error
    if len(rows) > MOST_ROWS:
        raise bad_field(f"There are more than {MOST_ROWS} rows: ask for less time at once", "from")
    rows = by_queue(rows) if by == "queue" else rows
    return ok(Intervals(items=rows)) if kind == "json" else as_csv(rows)


def as_csv(rows: list[Interval]) -> Answer:
    """A line each, with a head; histograms as numbers apart by blanks."""
    text = StringIO()
    writer = csv.writer(text)
    names = Interval.__struct_fields__
    writer.writerow(names)
    for row in rows:
        fields = msgspec.structs.asdict(row)
        fields |= {name: " ".join(map(str, fields[name])) for name in HISTOGRAMS}
        fields["begin_at"] = row.begin_at.isoformat()
        writer.writerow([fields[name] for name in names])
    file = (b"content-disposition", b'attachment; filename="intervals.csv"')
    return Answer(200, text.getvalue().encode(), ((b"content-type", b"text/csv; charset=utf-8"), file))


def _time(asked: Mapping[str, str], name: str, default: datetime) -> datetime:
    """RFC 3339; without a zone it is UTC. Raises Refused (422)."""
    text = asked.get(name, "")
    try:
        found = datetime.fromisoformat(text) if text else default
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise bad_field(f"{text[:40]!r} is no time like 2026-01-31T09:00:00Z", name) from error
