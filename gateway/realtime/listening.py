"""The transcripts that a supervisor's socket listens to, each noted in the audit before it is opened."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from gateway.answers import Refused
from gateway.realtime.feeds import Close
from gateway.realtime.frames import Listen, ListenEnded, text_of
from gateway.realtime.outlet import Outlet
from gateway.realtime.permits import Permits
from gateway.realtime.transcript import Transcript
from gateway.state import Gateway
from runtime.about import about
from schemas.audit import RoutingEvent
from schemas.pool_view import PoolView

log = logging.getLogger(__name__)
_PERMIT_S = 2.0
"""So long the word of a permission may be on its way when it is used already."""

Note = Callable[[str], Awaitable[None]]
"""Writes into the audit that this session is listened to. Raises Refused where it can't."""


class Listening:
    """A session is wanted until the pool permits it, then noted, then heard until the permission ends."""

    def __init__(self, gateway: Gateway, supervisor: str, note: Note, outlet: Outlet) -> None:
        self._gateway = gateway
        self._permits = Permits(supervisor)
        self._note = note
        self._outlet = outlet
        self._wanted: dict[str, tuple[int, asyncio.TimerHandle]] = {}
        self._noting: dict[str, asyncio.Task[None]] = {}
        self._heard: dict[str, Close] = {}

    def listen(self, said: Listen) -> None:
        """The transcript follows as soon as the pool has said that it may, else a refusal."""
        self.unlisten(said.session_id)
        timer = asyncio.get_running_loop().call_later(_PERMIT_S, self._end, said.session_id, "not_permitted")
        self._wanted[said.session_id] = said.last_seq, timer
        self._follow()

    def unlisten(self, session_id: str) -> None:
        """No more of it."""
        if wanted := self._wanted.pop(session_id, None):
            wanted[1].cancel()
        if noting := self._noting.pop(session_id, None):
            noting.cancel()
        if close := self._heard.pop(session_id, None):
            close()

    def show(self, view: PoolView) -> None:
        """The pool as a whole says who may be listened to."""
        self._permits.show(view)
        self._follow()

    def hear(self, event: RoutingEvent) -> None:
        """The pool's next event may permit something, or end it."""
        self._permits.hear(event)
        self._follow()

    def close(self) -> None:
        """Ends all of them."""
        for session_id in [*self._wanted, *self._noting, *self._heard]:
            self.unlisten(session_id)

    def _follow(self) -> None:
        """Opens and closes transcripts as permissions come and go."""
        permitted = self._permits.sessions
        for session_id in (self._heard.keys() | self._noting.keys()) - permitted:
            self._end(session_id, "ended")
        for session_id in self._wanted.keys() & permitted:
            last_seq, timer = self._wanted.pop(session_id)
            timer.cancel()
            self._noting[session_id] = asyncio.create_task(self._open(session_id, last_seq))

    async def _open(self, session_id: str, last_seq: int) -> None:
        """What can't be noted is not heard."""
        try:
            await self._note(session_id)
        except Refused as refused:
            told = about(session=session_id)
            log.warning("listening in is not noted, so it is refused: %s", refused, extra=told)
            del self._noting[session_id]
            self._end(session_id, "unavailable")
            return
        del self._noting[session_id]
        reader = Transcript(session_id, self._outlet)
        _, self._heard[session_id] = self._gateway.feeds.session(session_id, last_seq, reader)

    def _end(self, session_id: str, reason: str) -> None:
        self.unlisten(session_id)
        self._outlet.push(text_of(ListenEnded(session_id=session_id, reason=reason)))
