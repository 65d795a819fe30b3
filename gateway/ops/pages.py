"""GET /ops/now and /ops/hour."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope

from gateway.answers import Answer, Refused
from gateway.consultations import number_of, parse_query
from gateway.state import Gateway, now_ms

STEP_S, MOST_STEP_S = 5, 60


async def go_to_page(_: Request) -> Response:
    """GET /ops: the page is among the others."""
    return RedirectResponse("/ui/ops")


async def get_now(gateway: Gateway, _: Scope, __: Receive) -> Answer:
    """The platform as it is. Raises Refused (503)."""
    return await gateway.ops.now()


async def get_hour(gateway: Gateway, scope: Scope, _: Receive) -> Answer:
    """The last hour in steps of `step` seconds. Raises Refused (422, 503)."""
    step_s = number_of(parse_query(scope["query_string"]), "step", STEP_S)
    if not 1 <= step_s <= MOST_STEP_S:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"step: must be 1 to {MOST_STEP_S} seconds")
    return await gateway.ops.hour(step_s, now_ms())
