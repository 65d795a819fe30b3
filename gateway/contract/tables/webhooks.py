"""Who hears of contact events."""

from typing import Annotated

from msgspec import Meta, Struct

from gateway.contract.parameters import ID, LIMIT
from gateway.contract.route import KEY, Parameter, Route, Who, get
from gateway.problems import Kind
from gateway.webhooks import calls as webhooks
from gateway.webhooks.store import DeliveryPage
from schemas.webhooks import EndpointWanted


def _change(method: str, path: str, summary: str, answer: type[Struct], *problems: Kind) -> Route:
    """A change of webhooks without a body."""
    keyed = method == "POST"
    return Route(
        method=method,
        path=path,
        summary=summary,
        who=Who.ADMIN,
        answer=answer,
        parameters=(ID, *((KEY,) if keyed else ())),
        problems=(Kind.NOT_FOUND, *problems, *((Kind.KEY_REUSED, Kind.UNREADABLE) if keyed else ())),
    )


ROUTES: tuple[Route, ...] = (
    get("/admin/webhooks", "Who hears of contact events", Who.ADMIN, webhooks.Endpoints),
    Route(
        method="POST",
        path="/admin/webhooks",
        summary="Another endpoint, with a secret of its own that is shown this once",
        who=Who.ADMIN,
        body=EndpointWanted,
        answer=webhooks.Secret,
        parameters=(KEY,),
        problems=(Kind.UNREADABLE, Kind.CONFLICT, Kind.TOO_LARGE, Kind.INVALID, Kind.KEY_REUSED),
    ),
    _change("DELETE", "/admin/webhooks/{id}", "The endpoint is gone, with what was sent", webhooks.Done),
    _change("POST", "/admin/webhooks/{id}/enable", "The endpoint hears of events again", webhooks.Done),
    _change("POST", "/admin/webhooks/{id}/rotate", "Another secret; both sign for a day", webhooks.Secret),
    _change("POST", "/admin/webhooks/{id}/test", "The endpoint gets webhook.test", webhooks.Done),
    _change(
        "POST",
        "/admin/webhooks/deliveries/{id}/retry",
        "What was delivered or is dead is sent again",
        webhooks.Done,
        Kind.ENDPOINT_DISABLED,
        Kind.DELIVERY_PENDING,
    ),
    get(
        "/admin/webhooks/deliveries",
        "What was sent, newest first",
        Who.ADMIN,
        DeliveryPage,
        Kind.UNREADABLE,
        Kind.INVALID,
        parameters=(
            Parameter(name="endpoint", type=Annotated[int, Meta(ge=0, lt=10**15)]),
            Parameter(name="state"),
            Parameter(name="before", type=Annotated[int, Meta(ge=0, lt=10**15)]),
            LIMIT,
            Parameter(name="include", says="`body`: with what was sent."),
        ),
    ),
)
