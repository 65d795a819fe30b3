"""WebSocket /ws/agent?token=…&last_seq=N: the agent's feed, its sessions' transcripts, its commands."""

import asyncio
import logging
from functools import partial

from starlette.websockets import WebSocket

from gateway.agent_commands import By, Tenure, to_command, to_message
from gateway.attachments.attaching import attached
from gateway.commands import to_pool
from gateway.pools import place_of as place_of_queue
from gateway.realtime.agent_feeds import AgentFeeds
from gateway.realtime.frames import AgentMessage, AgentTypes, Resume, ShowToken, decode_agent_frame
from gateway.realtime.line import open_line, place_of, serve
from gateway.realtime.messages import Messages
from gateway.realtime.outlet import End, Outlet, close
from gateway.realtime.presence import Lease
from gateway.security.guard import caller_of
from gateway.security.stay import Stay
from gateway.security.tokens import Claims, Role
from gateway.state import Gateway
from runtime.about import concern

log = logging.getLogger(__name__)


async def agent_socket(socket: WebSocket) -> None:
    """The token says who the agent is."""
    # Lasting: who waits for an offer may say nothing for hours, and the lease says that they are there.
    await open_line(socket, "agent", _line, lasting=True)


def _line(gateway: Gateway, socket: WebSocket) -> "AgentLine":
    return AgentLine(gateway, socket, caller_of(socket.scope), place_of(socket))


class AgentLine:
    """An agent's socket."""

    def __init__(self, gateway: Gateway, socket: WebSocket, claims: Claims, last_seq: int | None) -> None:
        settings = gateway.settings
        self._gateway = gateway
        self._socket = socket
        self._claims = claims
        self._lease = Lease(gateway, claims)
        self.outlet = Outlet(socket, "agent", settings.socket_queue_frames, settings.slow_socket_s)
        self._stay = Stay(gateway, claims, self.outlet, Role.AGENT)
        self._messages = Messages(gateway, self.outlet)
        self._feeds = AgentFeeds(gateway, claims.sub, last_seq, self.outlet)

    async def run(self) -> None:
        """Until the socket ends, or being present fails: nobody may be offered what they can't see."""
        concern(agent=self._claims.sub)
        present = asyncio.create_task(self._be_present())
        serving = asyncio.create_task(serve(self._socket, self.outlet, self._hear))
        staying = asyncio.create_task(self._stay.run())
        try:
            await asyncio.wait((present, serving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            staying.cancel()
            present.cancel()
            serving.cancel()
            self._feeds.close()
            failed, served = await asyncio.gather(present, serving, return_exceptions=True)
            if isinstance(failed, Exception):
                log.error("an agent's presence failed; the socket ends", exc_info=failed)
                await close(self._socket, End.FAILED)
            await self._lease.end()
        if isinstance(served, Exception):
            raise served

    async def _be_present(self) -> None:
        """Offers come only to those who can see them."""
        await self._feeds.open()
        await self._lease.keep()

    async def _hear(self, raw: bytes) -> None:
        frame = decode_agent_frame(raw)
        if isinstance(frame, ShowToken):
            self._stay.renew(frame.token, frame.ref)
            return
        if isinstance(frame, Resume):
            self._feeds.resume(frame.agent_seq, frame.sessions)
            return
        self._feeds.resume(0, {})
        if isinstance(frame, AgentTypes):
            self._feeds.type(frame.session_id)
            return
        gateway, claims = self._gateway, self._claims
        origin = gateway.origin()
        if isinstance(frame, AgentMessage):
            images = await attached(gateway, frame.session_id, frame.attachment_ids)
            await self._messages.send(to_message(frame, claims.sub, origin, images), frame.ref)
            return
        by = By(claims.pool, claims.sub, frame.request_id or frame.ref or origin.request_id)
        tenure = Tenure(self._lease.socket, gateway.settings.lease_s)
        command = to_command(frame, by, tenure, partial(place_of_queue, gateway))
        await gateway.send(to_pool(command, claims.place, command.request_id))
