"""/admin/customers and /admin/erasures: all that is kept of a customer, and its end."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from http import HTTPStatus
from time import monotonic
from uuid import uuid4

import asyncpg
import msgspec
from starlette.types import Receive, Scope, Send

from gateway.answers import Answer, Refused, busy, ok, send_answer
from gateway.commands import Post
from gateway.consultations import parse_query
from gateway.history import Consultation
from gateway.privacy.store import Counts, Customer, Delivery
from gateway.security.audit import audit
from gateway.security.audit_trail import Entry
from gateway.security.guard import caller_of
from gateway.security.headers import DATA
from gateway.state import Gateway, gateway_of, now_ms
from schemas.audit_trail import Action
from schemas.codec import encode, type_of
from schemas.envelope import headers
from schemas.erasure import CustomerErased, digest, last_copy_goes
from schemas.personal import redacted
from schemas.topics import ERASURES

_UNREADABLE = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
_LOOK_EVERY_S = 0.05
_NDJSON = (b"content-type", b"application/x-ndjson")
_KEPT = (
    "Records in Kafka, dead letters among them, until topics_until",
    "What agents were told of the contacts, in Redis, for a day after the agent was last told anything",
    "The audit of what staff did: docs/security.md",
    "Files of exported months, named in `exports`, until `aicc-db erase-exports` has run where they lie",
    "What was downloaded, and backups: yours to delete",
)


class Erasure(msgspec.Struct, kw_only=True, omit_defaults=True):
    """`erased` counts the rows that went, once it is `done`; until then GET /admin/erasures/{id} tells more.
    By `topics_until` the last copy in a topic is gone; `kept` says what else there is until when. `exports`
    names the files of detached months that are still to be cleared."""

    id: str
    state: str
    topics_until: datetime
    erased: Counts | None = None
    exports: tuple[str, ...] = ()
    kept: tuple[str, ...] = _KEPT


class ConsultationLine(msgspec.Struct, kw_only=True, tag_field="kind", tag="consultation"):
    """A consultation with its transcript, notes and rating."""

    row: Consultation


class AuditLine(msgspec.Struct, kw_only=True, tag_field="kind", tag="audit"):
    """What one of staff did with what is the customer's."""

    row: Entry


Line = Customer | ConsultationLine | Delivery | AuditLine


class Export:
    """GET /admin/customers/{customer_id}/export, as an ASGI endpoint that streams."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """NDJSON. One that breaks off has no end: nobody takes it as whole."""
        gateway, begun = gateway_of(scope), False
        try:
            customer_id = _customer(scope)
            redact = parse_query(scope["query_string"]).get("redact", "") == "true"
            await audit(gateway, caller_of(scope), Action.EXPORTED, customer_id=customer_id)
            async for line in _lines(gateway, customer_id):
                if not begun:
                    start = {"type": "http.response.start", "status": 200, "headers": [*DATA, _NDJSON]}
                    await send(start)
                    begun = True
                body = encode(redacted(line) if redact else line) + b"\n"
                await send({"type": "http.response.body", "body": body, "more_body": True})
        except Refused as refused:
            await send_answer(send, refused.answer)
        except _UNREADABLE:
            if begun:
                raise
            await send_answer(send, busy("The database can't be read now").answer)
        else:
            if not begun:
                await send({"type": "http.response.start", "status": 200, "headers": [*DATA, _NDJSON]})
            await send({"type": "http.response.body", "body": b""})


async def erase(gateway: Gateway, scope: Scope, _: Receive) -> Answer:
    """200 when Postgres has it done, or else 202. Raises Refused."""
    customer_id = _customer(scope)
    caller = caller_of(scope)
    await audit(gateway, caller, Action.ERASED, customer_id=customer_id)
    try:
        sessions = await gateway.privacy.sessions(customer_id)
    except _UNREADABLE as error:
        raise busy("The database can't be read now") from error
    one = CustomerErased(
        id=uuid4().hex,
        customer=digest(gateway.settings.erasure_key, customer_id),
        at_ms=now_ms(),
        sessions=sessions,
    )
    await gateway.send(
        Post(ERASURES.name, 0, one.customer.encode(), encode(one), headers(one.id, type_of(one)))
    )
    return await _until_done(gateway, one)


async def get_erasure(gateway: Gateway, scope: Scope, _: Receive) -> Answer:
    """How far an erasure has come. Raises Refused (404 where it is not done, or unknown)."""
    identity = str(scope["path_params"]["id"])
    try:
        found = await gateway.privacy.erasure(identity)
    except (*_UNREADABLE, ValueError) as error:
        raise busy("The database can't be read now") from error
    if found is None:
        raise Refused(HTTPStatus.NOT_FOUND, "There is no such erasure, or it is under way still")
    await gateway.history_cache.forget()
    until = last_copy_goes(round(found.at.timestamp() * 1000))
    return ok(
        Erasure(id=identity, state="done", topics_until=until, erased=found.erased, exports=found.exports)
    )


async def _until_done(gateway: Gateway, one: CustomerErased) -> Answer:
    deadline = monotonic() + gateway.settings.erase_wait_s
    answer = Erasure(id=one.id, state="under_way", topics_until=last_copy_goes(one.at_ms))
    while True:
        try:
            found = await gateway.privacy.erasure(one.id)
        except _UNREADABLE:
            found = None
        if found is not None:
            await gateway.history_cache.forget()
            answer.state, answer.erased, answer.exports = "done", found.erased, found.exports
            return ok(answer)
        if monotonic() >= deadline:
            return ok(answer)._replace(status=HTTPStatus.ACCEPTED.value)
        await asyncio.sleep(_LOOK_EVERY_S)


async def _lines(gateway: Gateway, customer_id: str) -> AsyncIterator[Line]:
    """The customer, the consultations with all of each, deliveries, and the audit."""
    if customer := await gateway.privacy.customer(customer_id):
        yield customer
    sessions: list[str] = []
    async for page in gateway.privacy.consultations(customer_id):
        for row in page:
            sessions.append(row.session_id)
            yield ConsultationLine(row=row)
    for delivery in await gateway.privacy.deliveries(sessions):
        yield delivery
    for entry in await gateway.privacy.audit(customer_id, sessions):
        yield AuditLine(row=entry)


def _customer(scope: Scope) -> str:
    customer_id = str(scope["path_params"]["customer_id"])
    if "\0" in customer_id:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "NUL characters are not allowed - at `customer_id`")
    return customer_id
