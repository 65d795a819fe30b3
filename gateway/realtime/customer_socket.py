"""WebSocket /ws/customer?session_id=…&last_seq=N: the session's transcript, and what the customer says."""

import asyncio
import logging
from http import HTTPStatus
from uuid import uuid4

from starlette.websockets import WebSocket

from gateway.answers import Refused
from gateway.attachments.attaching import attached
from gateway.commands import to_conversation
from gateway.problems import Kind
from gateway.realtime.feed import Entry
from gateway.realtime.frames import (
    End,
    Reset,
    SendMessage,
    Types,
    decode_customer_frame,
    session_frame,
    text_of,
)
from gateway.realtime.line import open_line, place_of, serve
from gateway.realtime.live import LiveSession
from gateway.realtime.messages import Messages
from gateway.realtime.outlet import Outlet
from gateway.state import Gateway
from gateway.visible import for_customer
from runtime.about import concern
from schemas.conversation import CustomerSocket, EndConversation, PostMessage
from schemas.ids import partition_of
from schemas.states import Role

_log = logging.getLogger(__name__)


async def customer_socket(socket: WebSocket) -> None:
    """Whoever knows the session's id is its customer."""
    await open_line(socket, "customer", CustomerLine)


class CustomerLine:
    """A customer's socket; reads its session's feed. Raises Refused for a malformed address."""

    def __init__(self, gateway: Gateway, socket: WebSocket) -> None:
        settings = gateway.settings
        self._gateway = gateway
        self._socket = socket
        self._session_id = _session_id(socket)
        self._last_seq = place_of(socket) or 0
        self._id = uuid4().hex
        self.outlet = Outlet(socket, "customer", settings.socket_queue_frames, settings.slow_socket_s)
        self._messages = Messages(gateway, self.outlet)
        self._live: LiveSession | None = None
        self.has_room = self.outlet.has_room
        self.room = self.outlet.room

    async def run(self) -> None:
        """Until the socket ends."""
        gateway = self._gateway
        concern(session=self._session_id)
        gateway.customers.setdefault(self._session_id, set()).add(self._messages.rejected)
        _, close = gateway.feeds.session(self._session_id, self._last_seq, self)
        self._live = gateway.live_session(self._session_id, Role.CUSTOMER, self.outlet)
        try:
            await self._say(connected=True)
            try:
                await serve(self._socket, self.outlet, self._hear)
            finally:
                await asyncio.shield(asyncio.ensure_future(self._say(connected=False)))
        finally:
            # The customer is here as long as any socket of theirs is.
            self._live.close(silent=len(gateway.customers[self._session_id]) > 1)
            close()
            self._leave()

    def deliver(self, entry: Entry) -> None:
        """An entry of the transcript."""
        self.outlet.push(session_frame(self._session_id, entry.seq, for_customer(entry).data))

    def reset(self) -> None:
        """The transcript begins anew."""
        self.outlet.push(text_of(Reset(feed="session", session_id=self._session_id)))

    async def _hear(self, raw: bytes) -> None:
        origin = self._gateway.origin()._asdict()
        match decode_customer_frame(raw):
            case SendMessage() as said:
                self._refuse_flood()
                await self._messages.send(
                    PostMessage(
                        session_id=self._session_id,
                        message_id=said.message_id or origin["request_id"],
                        text=said.message,
                        bot_off=self._gateway.switchboard.bot_off,
                        attachments=await attached(self._gateway, self._session_id, said.attachment_ids),
                        **origin,
                    ),
                    said.ref,
                )
            case End() as said:
                await self._messages.send(EndConversation(session_id=self._session_id, **origin), said.ref)
            case Types():
                if self._live:
                    self._live.type()

    def _refuse_flood(self) -> None:
        """The customer's own limit, which holds for calls, too. Raises Refused."""
        door, client = self._gateway.door, self._socket.client
        key = door.key(door.caller(client.host if client else ""), self._socket.scope["headers"])
        if door.refuse_customer(self._session_id, key) is not None:
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS, "Too many messages: write more slowly")

    async def _say(self, *, connected: bool) -> None:
        """Tells the conversation; without it the grace time just begins later, at the idle limit."""
        news = CustomerSocket(session_id=self._session_id, socket=self._id, connected=connected)
        try:
            await self._gateway.send(to_conversation(news, uuid4().hex))
        except Refused as refused:
            _log.warning("a customer's socket is not in the log: %s", refused)

    def _leave(self) -> None:
        heard = self._gateway.customers[self._session_id]
        heard.discard(self._messages.rejected)
        if not heard:
            del self._gateway.customers[self._session_id]


def _session_id(socket: WebSocket) -> str:
    session_id = socket.query_params.get("session_id", "")
    try:
        partition_of(session_id)
    except ValueError as error:
        raise Refused(HTTPStatus.NOT_FOUND, "There is no such session", kind=Kind.UNKNOWN_SESSION) from error
    return session_id
