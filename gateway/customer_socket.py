"""WebSocket /ws/customer?session_id=…&last_seq=N: the session's transcript, and what the customer says."""

import asyncio
import logging
from contextlib import ExitStack
from http import HTTPStatus
from uuid import uuid4

import msgspec
from starlette.websockets import WebSocket

from gateway.answers import Refused
from gateway.commands import to_conversation
from gateway.feed import Entry
from gateway.frames import End, Position, SendMessage, decode_customer_frame, session_frame, text_of
from gateway.line import deny, place_of, serve
from gateway.messages import Messages
from gateway.outlet import Outlet
from gateway.state import Gateway, gateway_of
from gateway.visible import for_customer
from runtime.metrics import SOCKETS
from schemas.conversation import CustomerSocket, EndConversation, PostMessage, QueuePosition
from schemas.ids import partition_of

_log = logging.getLogger(__name__)
_decode_position = msgspec.json.Decoder(QueuePosition).decode


async def customer_socket(socket: WebSocket) -> None:
    """Whoever knows the session's id is its customer."""
    gateway = gateway_of(socket.scope)
    try:
        line = CustomerLine(gateway, socket)
    except Refused as refused:
        await deny(socket, refused)
        return
    await socket.accept()
    with SOCKETS.labels("customer").track_inprogress():
        await line.run()


class CustomerLine:
    """A customer's socket; reads its session's feed. Raises Refused for a malformed address."""

    def __init__(self, gateway: Gateway, socket: WebSocket) -> None:
        settings = gateway.settings
        self._gateway = gateway
        self._socket = socket
        self._session_id = _session_id(socket)
        self._last_seq = place_of(socket) or 0
        self._id = uuid4().hex
        self._outlet = Outlet(socket, "customer", settings.socket_queue_frames, settings.slow_socket_s)
        self._messages = Messages(gateway, self._outlet)
        self.has_room = self._outlet.has_room
        self.room = self._outlet.room

    async def run(self) -> None:
        """Until the socket ends."""
        with ExitStack() as stack:
            heard = self._gateway.customers.setdefault(self._session_id, set())
            heard.add(self._messages.rejected)
            stack.callback(self._leave)
            _, close = self._gateway.feeds.session(self._session_id, self._last_seq, self)
            stack.callback(close)
            stack.callback(
                self._gateway.bus.listen(f"position:session:{self._session_id}", self._hear_position)
            )
            await self._say(connected=True)
            try:
                await serve(self._socket, self._outlet, self._hear)
            finally:
                await asyncio.shield(asyncio.ensure_future(self._say(connected=False)))

    def deliver(self, entry: Entry) -> None:
        """An entry of the transcript."""
        self._outlet.push(session_frame(self._session_id, entry.seq, for_customer(entry).data))

    def _hear_position(self, payload: bytes | None) -> None:
        """Only the newest place counts: one that finds the queue of frames full is left out."""
        if payload is None or not self.has_room():
            return
        told = _decode_position(payload)
        frame = Position(
            position=told.position,
            estimated_wait_s=told.estimated_wait_s,
            estimated_wait_high_s=told.estimated_wait_high_s,
        )
        self._outlet.push(text_of(frame))

    async def _hear(self, raw: bytes) -> None:
        origin = self._gateway.origin()._asdict()
        match decode_customer_frame(raw):
            case SendMessage() as said:
                await self._messages.send(
                    PostMessage(
                        session_id=self._session_id,
                        message_id=said.message_id or origin["request_id"],
                        text=said.message,
                        **origin,
                    ),
                    said.ref,
                )
            case End() as said:
                await self._messages.send(EndConversation(session_id=self._session_id, **origin), said.ref)

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
        raise Refused(HTTPStatus.NOT_FOUND, "There is no such session") from error
    return session_id
