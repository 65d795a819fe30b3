"""Changes of webhooks under an Idempotency-Key: done once, in one transaction with what is answered."""

from dataclasses import replace
from functools import wraps

from starlette.types import Message, Receive, Scope

from gateway.answers import Answer, Refused, problem
from gateway.bodies import read_body
from gateway.database import Database
from gateway.idempotency import REASONS, key_in, seal
from gateway.security.guard import caller_of
from gateway.state import Gateway
from gateway.webhooks.calls import Handle, stored
from gateway.webhooks.store import SQL, WebhookStore
from schemas.keys import REUSED


def once(handle: Handle) -> Handle:
    """Of equal requests under one key the first is carried out; the others wait for it and get its answer,
    however it ended. Raises Refused (422) for another request under the key."""

    @stored
    @wraps(handle)
    async def keyed(gateway: Gateway, scope: Scope, receive: Receive) -> Answer:
        text = key_in(scope)
        if not text:
            return await handle(gateway, scope, receive)
        length = dict(scope["headers"]).get(b"content-length", b"")
        body = await read_body(receive, length, gateway.settings.body_limit_bytes)
        secret = gateway.passes.secret
        name = seal(secret, "webhooks", caller_of(scope).sub, text)
        request = seal(secret, name, scope["path"], body.decode("utf-8", "replace"))
        async with gateway.webhooks.database.transaction() as database:
            if found := await _answered(database, name, request, gateway.settings.key_kept_s):
                return found
            bound = replace(gateway, webhooks=WebhookStore(database))
            answer = await _outcome(handle, bound, scope, body)
            headers = [part.decode("latin-1") for header in answer.headers for part in header]
            await database.fetch(SQL["keep_answer"], name, answer.status, answer.body, headers)
        return answer

    return keyed


async def _answered(database: Database, name: str, request: str, kept_s: float) -> Answer | None:
    """The answer that was given; None, and the key is ours until the transaction ends, where there is none.
    Raises Refused (422)."""
    if await database.fetchval(SQL["take_key"], name, request, kept_s) is not None:
        return None
    row = await database.fetchrow(SQL["answered"], name)
    if row is None or row["request"] != request:
        status, detail = REASONS[REUSED]
        raise Refused.by(problem(status, detail, reason=REUSED))
    flat = [part.encode("latin-1") for part in row["headers"]]
    return Answer(row["status"], bytes(row["body"]), tuple(zip(flat[::2], flat[1::2], strict=True)))


async def _outcome(handle: Handle, gateway: Gateway, scope: Scope, body: bytes) -> Answer:
    """A refusal is an outcome, too, unless it says to come back."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    try:
        return await handle(gateway, scope, receive)
    except Refused as refused:
        if refused.answer.status >= 500:
            raise
        return refused.answer
