"""WebSocket /ws/supervisor?pool=…&last_seq=N: the life of a pool, and transcripts that are listened to."""

import asyncio
import logging
from functools import partial

from starlette.websockets import WebSocket

from gateway.answers import bad_field
from gateway.pools import pool_for
from gateway.realtime.frames import Listen, ShowToken, Unlisten, decode_supervisor_frame
from gateway.realtime.line import open_line, place_of, serve
from gateway.realtime.listening import Listening
from gateway.realtime.outlet import End, Outlet
from gateway.realtime.supervisor_feeds import SupervisorFeeds
from gateway.security.access import LOCAL, Caller, check_pool
from gateway.security.audit import audit
from gateway.security.guard import caller_of
from gateway.security.stay import Stay
from gateway.security.tokens import Role
from gateway.state import Gateway
from schemas.audit_trail import Action
from schemas.config import PoolConfig

log = logging.getLogger(__name__)
_MOST_NAME = 128


async def supervisor_socket(socket: WebSocket) -> None:
    """As `watcher_of` lets in."""
    await open_line(socket, "supervisor", _line)


def watcher_of(gateway: Gateway, socket: WebSocket) -> tuple[str, PoolConfig]:
    """Who watches, by the token, and which pool; in the local profile, where none is needed, the supervisor
    that the query names. Raises Refused."""
    caller, asked = caller_of(socket.scope), socket.query_params
    supervisor = asked.get("supervisor", "") if caller is LOCAL else caller.sub
    if len(supervisor) > _MOST_NAME or "\0" in supervisor:
        raise bad_field("No name of a supervisor", "supervisor")
    pool = pool_for(gateway, asked.get("pool", "") or caller.pool)
    check_pool(caller, pool.pool)
    return supervisor or caller.sub, pool


def _line(gateway: Gateway, socket: WebSocket) -> "SupervisorLine":
    return SupervisorLine(gateway, socket, caller_of(socket.scope), *watcher_of(gateway, socket))


async def _note(gateway: Gateway, caller: Caller, supervisor: str, pool: str, session_id: str) -> None:
    await audit(gateway, caller, Action.LISTENED, supervisor, pool=pool, session_id=session_id)


class SupervisorLine:
    """A supervisor's socket. Raises Refused for a malformed address."""

    def __init__(
        self, gateway: Gateway, socket: WebSocket, caller: Caller, supervisor: str, pool: PoolConfig
    ) -> None:
        settings = gateway.settings
        self._socket = socket
        self.outlet = Outlet(socket, "supervisor", settings.socket_queue_frames, settings.slow_socket_s)
        self._stay = Stay(gateway, caller, self.outlet, Role.SUPERVISOR, Role.ADMIN)
        note = partial(_note, gateway, caller, supervisor, pool.pool)
        self._listening = Listening(gateway, supervisor, note, self.outlet)
        self._feeds = SupervisorFeeds(gateway, pool, self._listening, place_of(socket), self.outlet)

    async def run(self) -> None:
        """Until the socket ends, or its feeds can't be opened."""
        opening = asyncio.create_task(self._feeds.open())
        opening.add_done_callback(self._opened)
        staying = asyncio.create_task(self._stay.run())
        try:
            await serve(self._socket, self.outlet, self._hear)
        finally:
            staying.cancel()
            opening.cancel()
            self._feeds.close()
            self._listening.close()

    def _opened(self, opening: "asyncio.Task[None]") -> None:
        if not opening.cancelled() and (error := opening.exception()):
            log.error("a supervisor's feeds failed; the socket ends", exc_info=error)
            self.outlet.finish(End.FAILED)

    async def _hear(self, raw: bytes) -> None:
        match decode_supervisor_frame(raw):
            case Listen() as said:
                self._listening.listen(said)
            case Unlisten(session_id=session_id):
                self._listening.unlisten(session_id)
            case ShowToken() as said:
                self._stay.renew(said.token, said.ref)
