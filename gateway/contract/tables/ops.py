"""What the ops page asks."""

from typing import Annotated

from msgspec import Meta

from gateway.contract.route import Parameter, Route, Who, get
from gateway.ops import letters
from gateway.ops.pages import MOST_STEP_S
from gateway.ops.told import AlertsTold, Kept, MarkTold
from gateway.problems import Kind
from schemas.ops import Hour, Overview

_OF_LETTERS = (Kind.FORBIDDEN, Kind.UNAVAILABLE)
_ID = Parameter(name="id", where="path", required=True, says="`topic:partition:offset` of the record.")

ROUTES: tuple[Route, ...] = (
    get("/ops", "To the page", Who.ANYONE, "text/html"),
    get(
        "/ops/now",
        "The platform as it is: flow, lag, queues, latency, shedding, alerts, load tests",
        Who.SUPERVISOR,
        Overview,
        Kind.UNAVAILABLE,
    ),
    get(
        "/ops/hour",
        "The same of the last hour, in columns",
        Who.SUPERVISOR,
        Hour,
        Kind.INVALID,
        Kind.UNAVAILABLE,
        parameters=(
            Parameter(name="step", type=Annotated[int, Meta(ge=1, le=MOST_STEP_S)], says="Seconds in a row."),
        ),
    ),
    Route(
        method="POST",
        path="/ops/alerts",
        summary="Alertmanager tells of alerts; it bears AICC_ALERTS_TOKEN",
        who=Who.ANYONE,
        body=AlertsTold,
        answer=Kept,
        problems=(
            Kind.UNREADABLE,
            Kind.UNAUTHENTICATED,
            Kind.NOT_FOUND,
            Kind.TOO_LARGE,
            Kind.INVALID,
            Kind.UNAVAILABLE,
        ),
    ),
    Route(
        method="POST",
        path="/ops/marks",
        summary="A load test says that it runs, or is over",
        who=Who.SUPERVISOR,
        body=MarkTold,
        answer=Kept,
        problems=(Kind.UNREADABLE, Kind.TOO_LARGE, Kind.INVALID, Kind.UNAVAILABLE),
    ),
    get("/ops/letters", "Dead letters, newest first", Who.ADMIN, letters.Letters, *_OF_LETTERS),
    get(
        "/ops/letters/{id}",
        "A dead letter with its record; who looks is noted",
        Who.ADMIN,
        letters.LetterWhole,
        *_OF_LETTERS,
        Kind.NOT_FOUND,
        Kind.UNKNOWN_OUTCOME,
        parameters=(_ID,),
    ),
    Route(
        method="POST",
        path="/ops/letters/{id}/replay",
        summary="Its record is put back into its topic, once",
        who=Who.ADMIN,
        answer=letters.LetterDone,
        parameters=(_ID,),
        problems=(*_OF_LETTERS, Kind.NOT_FOUND, Kind.CONFLICT, Kind.UNKNOWN_OUTCOME),
    ),
    Route(
        method="POST",
        path="/ops/letters/{id}/discard",
        summary="It is not replayed, for a reason that stays on record",
        who=Who.ADMIN,
        body=letters.DiscardWanted,
        answer=letters.LetterDone,
        parameters=(_ID,),
        problems=(
            *_OF_LETTERS,
            Kind.UNREADABLE,
            Kind.NOT_FOUND,
            Kind.CONFLICT,
            Kind.TOO_LARGE,
            Kind.INVALID,
            Kind.UNKNOWN_OUTCOME,
        ),
    ),
)
