"""POST /routing/explain: a dry run."""

from http import HTTPStatus

from gateway.answers import Answer, Refused, busy, ok
from gateway.needs import request_of
from gateway.pools import ask_pool, pool_for, refusal
from gateway.security.access import Caller, check_pool
from gateway.state import Gateway
from schemas.api_routing import RoutingExplain
from schemas.routing import ExplainContact


async def explain(gateway: Gateway, body: RoutingExplain, caller: Caller, traceparent: str) -> Answer:
    """Why a contact is where it is, or where one would be. Raises Refused (422, 503)."""
    if not body.contact_id and not body.queue:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "Name a contact_id or a queue")
    pool = pool_for(gateway, body.pool or ("" if body.queue else caller.pool), body.queue)
    check_pool(caller, pool.pool)
    request = request_of(body, body.queue, body.channel, synthetic=body.synthetic)
    command = ExplainContact(
        pool=pool.pool,
        contact_id=body.contact_id,
        request=None if body.contact_id else request,
        **gateway.origin()._asdict(),
    )
    answer = await ask_pool(gateway, command, pool.partition, gateway.settings.pool_wait_s, traceparent)
    if refused := refusal(answer):
        return refused
    if answer is None or answer.explanation is None:
        raise busy("The pool did not answer in time")
    return ok(answer.explanation)
