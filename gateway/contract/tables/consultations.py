"""What is read of consultations, and counted of them."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from gateway.contract.parameters import LIMIT, READS, SESSION
from gateway.contract.route import Parameter, Route, Who, get
from gateway.history import Consultation, Matches, Page
from gateway.problems import Kind
from gateway.reports.store import Intervals
from schemas.states import Channel, ConsultationStatus

_TIME = Annotated[datetime, Meta(tz=True)]

_FILTERS = (
    Parameter(name="from", type=_TIME, says="Begun then or later."),
    Parameter(name="to", type=_TIME, says="Begun before then."),
    Parameter(name="status", type=ConsultationStatus),
    Parameter(name="customer_id"),
    Parameter(name="agent_id"),
    Parameter(name="queue"),
    Parameter(name="channel", type=Channel),
    Parameter(name="phone", says="Of the customer, as it gave it."),
)

_CURSOR = Parameter(name="cursor", says="The `next_cursor` of the page before.")

_CONSULTATIONS = (
    get(
        "/consultation/history",
        "Consultations that all filters fit, newest first, or one by its session",
        Who.READER,
        Page,
        Kind.UNREADABLE,
        Kind.UNKNOWN_SESSION,
        Kind.INVALID,
        parameters=(
            *_FILTERS,
            Parameter(name="session_id", says="This one alone."),
            LIMIT,
            _CURSOR,
            Parameter(name="include", says="`messages`: with the transcript, of one session."),
        ),
    ),
    get(
        "/consultation/search",
        "Consultations in which somebody said all of these words, newest first",
        Who.STAFF,
        Matches,
        Kind.UNREADABLE,
        Kind.INVALID,
        parameters=(
            Parameter(name="q", required=True, says="Words, or how words begin."),
            *_FILTERS,
            LIMIT,
            _CURSOR,
        ),
    ),
    Route(
        method="GET",
        path="/consultation/export",
        summary="All consultations that the filters fit, as a file",
        who=Who.SUPERVISOR,
        answer="text/csv",
        or_as="application/x-ndjson",
        parameters=(Parameter(name="format", says="`csv`, or `ndjson`."), *_FILTERS),
        problems=(Kind.UNREADABLE, Kind.INVALID),
    ),
    get(
        "/consultation/{session_id}",
        "One consultation with the first thousand entries of its transcript",
        Who.READER,
        Consultation,
        *READS,
        parameters=(SESSION, Parameter(name="messages", type=bool, says="`false`: without them.")),
    ),
)

_REPORTS = (
    Route(
        method="GET",
        path="/reports/intervals",
        summary="What happened in each quarter of an hour, by queue, agent and channel",
        who=Who.SUPERVISOR,
        answer=Intervals,
        or_as="text/csv",
        parameters=(
            Parameter(name="from", says="Intervals that begin then or later; a day before `to` if left out."),
            Parameter(name="to", says="Intervals that begin before then; now if left out."),
            Parameter(name="pool", says="A supervisor's own if left out, or else all."),
            Parameter(name="queue"),
            Parameter(name="agent"),
            Parameter(name="channel"),
            Parameter(name="by", says="`queue`: its agents' rows together; or `agent`."),
            Parameter(name="format", says="`json`, or `csv`."),
        ),
        problems=(Kind.UNREADABLE, Kind.INVALID),
    ),
)

ROUTES: tuple[Route, ...] = (*_CONSULTATIONS, *_REPORTS)
