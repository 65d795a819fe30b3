"""/admin/webhooks: who hears of contact events, and what was sent."""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import wraps
from http import HTTPStatus
from secrets import token_bytes, token_hex
from urllib.parse import urlsplit

import asyncpg
import msgspec
from starlette.types import Receive, Scope

from gateway.answers import Answer, Refused, busy, ok, problem
from gateway.consultations import limit_of, number_of, parse_query
from gateway.security.audit import audit
from gateway.security.guard import caller_of
from gateway.state import Gateway
from gateway.webhooks.body import wanted_endpoint
from gateway.webhooks.store import MOST_ENDPOINTS, DeliveryFilter, Endpoint
from schemas.audit_trail import Action
from schemas.webhooks import SECRET_PREFIX, DeliveryState, Event, EventType, TestData

_NEWEST = 2**63 - 1
_SECRET_BYTES = 32
_BOTH_S = 24 * 3600.0
_NO_ENDPOINT = "There is no such endpoint"
_NO_DELIVERY = "There is no such delivery"
Handle = Callable[[Gateway, Scope, Receive], Awaitable[Answer]]


class Endpoints(msgspec.Struct, kw_only=True):
    """200 of GET /admin/webhooks"""

    items: list[Endpoint]


class Secret(msgspec.Struct, kw_only=True, omit_defaults=True):
    """200 of POST /admin/webhooks and …/rotate: the one time that the secret is shown. Until `former_until`
    what is sent is signed with the former one, too."""

    id: int
    secret: str
    former_until: datetime | None = None


class Done(msgspec.Struct, kw_only=True):
    """200 of the other changes; of a test `id` is the delivery's."""

    id: int


def stored(handle: Handle) -> Handle:
    """Without Postgres it is 503."""

    @wraps(handle)
    async def guarded(gateway: Gateway, scope: Scope, receive: Receive) -> Answer:
        try:
            return await handle(gateway, scope, receive)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            raise busy("Webhooks can't be reached now: the database does not answer") from error

    return guarded


@stored
async def list_endpoints(gateway: Gateway, _: Scope, __: Receive) -> Answer:
    """All of them, without their secrets."""
    return ok(Endpoints(items=await gateway.webhooks.endpoints()))


@stored
async def add_endpoint(gateway: Gateway, scope: Scope, receive: Receive) -> Answer:
    """A new endpoint with a secret of its own. Raises Refused (400, 409, 413, 422)."""
    wanted = await wanted_endpoint(gateway, scope, receive)
    endpoint, secret = await gateway.webhooks.next_endpoint(), _new_secret()
    await _note(gateway, scope, "add", endpoint, f"at {urlsplit(wanted.url).hostname}")
    if not await gateway.webhooks.add(endpoint, wanted, secret):
        raise Refused(HTTPStatus.CONFLICT, f"There are {MOST_ENDPOINTS} endpoints already")
    return ok(Secret(id=endpoint, secret=secret))


@stored
async def remove_endpoint(gateway: Gateway, scope: Scope, _: Receive) -> Answer:
    """With what was sent to it. Raises Refused (404)."""
    endpoint = _id(scope, _NO_ENDPOINT)
    await _note(gateway, scope, "remove", endpoint)
    if not await gateway.webhooks.remove(endpoint):
        raise Refused(HTTPStatus.NOT_FOUND, _NO_ENDPOINT)
    return ok(Done(id=endpoint))


@stored
async def enable_endpoint(gateway: Gateway, scope: Scope, _: Receive) -> Answer:
    """Hears of events again from now on. Raises Refused (404)."""
    endpoint = _id(scope, _NO_ENDPOINT)
    await _note(gateway, scope, "enable", endpoint)
    if not await gateway.webhooks.enable(endpoint):
        raise Refused(HTTPStatus.NOT_FOUND, _NO_ENDPOINT)
    return ok(Done(id=endpoint))


@stored
async def rotate_secret(gateway: Gateway, scope: Scope, _: Receive) -> Answer:
    """A new secret; for a day both sign. Raises Refused (404)."""
    endpoint, secret = _id(scope, _NO_ENDPOINT), _new_secret()
    await _note(gateway, scope, "rotate", endpoint)
    until = await gateway.webhooks.rotate(endpoint, secret, _BOTH_S)
    if until is None:
        raise Refused(HTTPStatus.NOT_FOUND, _NO_ENDPOINT)
    return ok(Secret(id=endpoint, secret=secret, former_until=until))


@stored
async def send_test(gateway: Gateway, scope: Scope, _: Receive) -> Answer:
    """Sends it webhook.test, whatever events it asked for. Raises Refused (404)."""
    endpoint = _id(scope, _NO_ENDPOINT)
    await _note(gateway, scope, "test", endpoint)
    event = Event(id=f"evt_{token_hex(16)}", type=EventType.TEST, at=datetime.now(UTC), data=TestData())
    made = await gateway.webhooks.add_test(endpoint, event)
    if made is None:
        raise Refused(HTTPStatus.NOT_FOUND, "There is no such endpoint that is enabled")
    return ok(Done(id=made))


@stored
async def list_deliveries(gateway: Gateway, scope: Scope, _: Receive) -> Answer:
    """What was sent, newest first. Raises Refused (422)."""
    asked = parse_query(scope["query_string"])
    state = asked.get("state", "")
    if state and state not in tuple(DeliveryState):
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"state: must be one of {', '.join(DeliveryState)}")
    wanted = DeliveryFilter(
        endpoint=number_of(asked, "endpoint", 0), state=state, before=number_of(asked, "before", _NEWEST)
    )
    bodies = asked.get("include") == "body"
    return ok(await gateway.webhooks.deliveries(wanted, limit_of(asked.get("limit", "")), bodies=bodies))


@stored
async def send_again(gateway: Gateway, scope: Scope, _: Receive) -> Answer:
    """One that was delivered or is dead, from its first try on. Raises Refused (404)."""
    delivery = _id(scope, _NO_DELIVERY)
    endpoint = await gateway.webhooks.endpoint_of(delivery)
    if endpoint is None:
        raise Refused(HTTPStatus.NOT_FOUND, _NO_DELIVERY)
    await _note(gateway, scope, "retry", endpoint, f"delivery {delivery}")
    match await gateway.webhooks.send_again(delivery):
        case "":
            return ok(Done(id=delivery))
        case "unknown":
            raise Refused(HTTPStatus.NOT_FOUND, _NO_DELIVERY)
        case "disabled":
            return problem(HTTPStatus.CONFLICT, "Its endpoint is disabled", reason="disabled")
        case _:
            return problem(HTTPStatus.CONFLICT, "It is being sent already", reason="pending")


async def _note(gateway: Gateway, scope: Scope, what: str, endpoint: int, more: str = "") -> None:
    """Who changes it. Of URLs the host only: the rest may hold a key. Raises Refused (503)."""
    detail = f"{what} endpoint {endpoint} {more}".rstrip()
    await audit(gateway, caller_of(scope), Action.CHANGED_WEBHOOK, detail=detail)


def _id(scope: Scope, otherwise: str) -> int:
    """The number in the address. Raises Refused (404)."""
    text: str = scope["path_params"]["id"]
    if not text.isascii() or not text.isdecimal() or len(text) > 15:
        raise Refused(HTTPStatus.NOT_FOUND, otherwise)
    return int(text)


def _new_secret() -> str:
    return SECRET_PREFIX + b64encode(token_bytes(_SECRET_BYTES)).decode()
