"""POST /chat/attachment?session_id=…: takes an image in, for a message that comes later."""

from http import HTTPStatus
from secrets import token_hex

from starlette.types import Receive, Scope

from gateway.answers import Answer, Refused, busy, ok
from gateway.attachments.images import ENOUGH, BadImage, extension_of, image_in
from gateway.bodies import ClientGone
from gateway.chat import REASONS
from gateway.chat_status import standing_of
from gateway.consultations import parse_query
from gateway.endpoint import Endpoint
from gateway.overload.customers import check_rate
from gateway.problems import Kind
from gateway.security.access import admit
from gateway.security.bearer import token_of
from gateway.security.scope import check_session
from gateway.state import Gateway
from runtime.metrics import ATTACHMENT_BYTES, ATTACHMENTS
from runtime.objects import Unavailable
from schemas.attachments import EXTENSIONS, Attachment, attachment, attachment_id, object_key, session_prefix
from schemas.ids import partition_of
from schemas.states import ConversationState

_OVER = (ConversationState.CLOSED, ConversationState.WRAPPING)
KINDS = "PNG, JPEG, GIF or WebP"


class Upload(Endpoint):
    """The body is the image itself, whatever the request claims about it."""

    async def _answer(self, gateway: Gateway, scope: Scope, receive: Receive) -> Answer:
        session_id = _session(parse_query(scope["query_string"]).get("session_id", ""))
        caller = admit(gateway, self.who, token_of(scope), session_id)
        check_rate(gateway, scope, session_id)
        await check_session(gateway, caller, session_id)
        await _check_state(gateway, session_id)
        if gateway.uploads.locked():
            raise busy("Too many images come at once")
        async with gateway.uploads:
            try:
                await _check_room(gateway, session_id)
                return ok(await _take(gateway, session_id, await _body(gateway, scope, receive)))
            except Unavailable as error:
                ATTACHMENTS.labels("unavailable").inc()
                raise busy("Images can't be stored now") from error


async def _take(gateway: Gateway, session_id: str, body: bytes) -> Attachment:
    """Stores it. Raises Refused (422) and Unavailable."""
    try:
        image = image_in(body)
    except BadImage as error:
        ATTACHMENTS.labels("refused").inc()
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, f"The image {error}") from error
    identity = attachment_id(token_hex(16), image.width, image.height, image.extension)
    await gateway.objects.put(object_key(session_id, identity), body, EXTENSIONS[image.extension])
    ATTACHMENTS.labels("taken").inc()
    ATTACHMENT_BYTES.inc(len(body))
    return attachment(identity, len(body))


async def _body(gateway: Gateway, scope: Scope, receive: Receive) -> bytes:
    """Never more of it than the limit, and no more than its head where that is of no image. Raises Refused
    (413, 415) and ClientGone."""
    limit = gateway.settings.attachment_limit_bytes
    declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if int(declared) > limit:
        raise _too_large(limit)
    body, more, known = bytearray(), True, False
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGone
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > limit:
            raise _too_large(limit)
        if not known and (len(body) >= ENOUGH or not more):
            if not extension_of(bytes(body[:ENOUGH])):
                ATTACHMENTS.labels("refused").inc()
                raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"An attachment is {KINDS}")
            known = True
    return bytes(body)


async def _check_state(gateway: Gateway, session_id: str) -> None:
    """Raises Refused: 404 for a session that never was, 409 for one that is over."""
    standing = await standing_of(gateway, session_id)
    if standing.state in _OVER:
        raise Refused(HTTPStatus.CONFLICT, REASONS["closed"], kind=Kind.CLOSED)


async def _check_room(gateway: Gateway, session_id: str) -> None:
    """Raises Refused (429) for a session that has as many as it may, and Unavailable."""
    most, count = gateway.settings.attachments_per_session, 0
    async for lot in gateway.objects.list(session_prefix(session_id)):
        count += len(lot)
        if count >= most:
            ATTACHMENTS.labels("refused").inc()
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS, f"A conversation has {most} images at the most")


def _session(text: str) -> str:
    try:
        partition_of(text)
    except ValueError as error:
        raise Refused(HTTPStatus.NOT_FOUND, "There is no such session", kind=Kind.UNKNOWN_SESSION) from error
    return text


def _too_large(limit: int) -> Refused:
    ATTACHMENTS.labels("refused").inc()
    return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"An attachment has at most {limit} bytes")
