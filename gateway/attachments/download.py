"""GET /chat/{session_id}/attachment/{attachment_id}: an image, for who may read the conversation."""

from http import HTTPStatus

from starlette.types import Receive, Scope, Send

from gateway.answers import Refused, busy, send_answer
from gateway.security.guard import caller_of
from gateway.security.headers import DATA
from gateway.security.scope import check_session
from gateway.state import gateway_of
from runtime.objects import Unavailable, Unread
from schemas.attachments import attachment, is_attachment_id, object_key

_KEPT = b"private, max-age=600, immutable"
"""An image never changes; who is erased or signs out is forgotten by browsers soon."""


class Download:
    """An ASGI endpoint behind a guard that has checked the customer's session."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refusals are answered as problem documents. An image that breaks off is shorter than it says."""
        try:
            found, identity = await _found(scope)
        except Refused as refused:
            await send_answer(send, refused.answer)
            return
        await send({"type": "http.response.start", "status": 200, "headers": _headers(found, identity)})
        if scope["method"] != "HEAD":
            async for chunk in found.chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _found(scope: Scope) -> tuple[Unread, str]:
    """Raises Refused (403, 404, 503)."""
    gateway = gateway_of(scope)
    session_id, identity = (scope["path_params"][name] for name in ("session_id", "attachment_id"))
    await check_session(gateway, caller_of(scope), session_id)
    try:
        found = is_attachment_id(identity) and await gateway.objects.read(object_key(session_id, identity))
    except Unavailable as error:
        raise busy("Images can't be read now") from error
    if not found:
        raise Refused(HTTPStatus.NOT_FOUND, "There is no such attachment")
    return found, identity


def _headers(found: Unread, identity: str) -> list[tuple[bytes, bytes]]:
    """It is shown as the image that it was when it came, or saved, and never run."""
    told = {
        **dict(DATA),
        b"content-type": attachment(identity, found.size).media_type.encode(),
        b"content-length": b"%d" % found.size,
        b"content-disposition": b'inline; filename="' + identity.encode() + b'"',
        b"content-security-policy": b"default-src 'none'; sandbox; frame-ancestors 'none'",
        b"cross-origin-resource-policy": b"same-origin",
        b"cache-control": _KEPT,
        b"vary": b"authorization",
    }
    return list(told.items())
