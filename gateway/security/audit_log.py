"""GET /admin/audit."""

from http import HTTPStatus

import asyncpg
from starlette.types import Receive, Scope

from gateway.answers import Answer, Refused, busy, ok
from gateway.config_log import NEWEST
from gateway.consultations import limit_of, number_of, parse_query
from gateway.security.audit import audit
from gateway.security.guard import caller_of
from gateway.state import Gateway
from schemas.audit_trail import Action


async def get_trail(gateway: Gateway, scope: Scope, _: Receive) -> Answer:
    """A page. Who reads it is in it, too."""
    asked = parse_query(scope["query_string"])
    limit, before = limit_of(asked.get("limit", "")), number_of(asked, "before", NEWEST)
    actor, action = asked.get("actor", ""), asked.get("action", "")
    if action and action not in set(Action):
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"action: is none of {', '.join(Action)}")
    await audit(gateway, caller_of(scope), Action.READ_AUDIT, detail=f"actor={actor} action={action}")
    try:
        return ok(await gateway.audit_log.page(actor, action, before, limit))
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise busy("The audit can't be read now") from error
