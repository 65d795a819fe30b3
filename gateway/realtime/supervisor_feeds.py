"""The feeds of one supervisor's socket: its pool's events, and the transcripts that it listens to."""

import asyncio
import logging
from collections.abc import AsyncIterator

import msgspec

from gateway.answers import Refused
from gateway.realtime.feed import Entry
from gateway.realtime.feeds import Close
from gateway.realtime.frames import Listen, ListenEnded, Reset, pool_frame, text_of
from gateway.realtime.outlet import Outlet
from gateway.realtime.permits import Permits
from gateway.realtime.pool_views import view_of
from gateway.realtime.transcript import Transcript
from gateway.state import Gateway
from schemas.audit import RoutingEvent
from schemas.codec import encode
from schemas.config import PoolConfig
from schemas.pool_view import PoolView

log = logging.getLogger(__name__)
_RETRY_S = 0.5
_PERMIT_S = 2.0
"""So long the word of a permission may be on its way when it is used already."""

_decode = msgspec.json.Decoder(RoutingEvent | PoolView).decode


class SupervisorFeeds:
    """Reads for `outlet`. What the socket begins with is asked of the pool's owner: how far its events have
    come, and to whom the supervisor may listen, whatever Redis has of it."""

    def __init__(
        self, gateway: Gateway, pool: PoolConfig, supervisor: str, last_seq: int | None, outlet: Outlet
    ) -> None:
        self._gateway = gateway
        self._pool = pool
        self._name = encode(pool.pool).decode()
        self._last_seq = last_seq
        self._outlet = outlet
        self._permits = Permits(supervisor)
        self._listening: dict[str, Close] = {}
        self._wanted: dict[str, tuple[int, asyncio.TimerHandle]] = {}
        self._close_own: Close = lambda: None
        self.has_room = outlet.has_room
        self.room = outlet.room

    async def open(self) -> None:
        """Sends the pool as a whole, or what came after the client's last event."""
        view = await self._view()
        self._permits.show(view)
        cursor = view.seq
        if self._last_seq is not None and self._last_seq <= view.seq:
            cursor = self._last_seq
        else:
            if self._last_seq is not None:
                self.reset()
            self._outlet.push(pool_frame(self._name, view.seq, encode(view)))
        _, self._close_own = self._gateway.feeds.pool(self._pool.pool, cursor, self._read, self, _is_whole)
        self._follow()

    def deliver(self, entry: Entry) -> None:
        """An event, or the whole pool in the place of events that are kept no more."""
        match _decode(entry.data):
            case RoutingEvent() as event:
                self._permits.hear(event)
            case PoolView() as view:
                self._permits.show(view)
        self._outlet.push(pool_frame(self._name, entry.seq, entry.data))
        self._follow()

    def reset(self) -> None:
        """The pool's feed begins anew."""
        self._outlet.push(text_of(Reset(feed="pool")))

    def listen(self, said: Listen) -> None:
        """The transcript follows as soon as the pool has said that it may, else a refusal."""
        self.unlisten(said.session_id)
        timer = asyncio.get_running_loop().call_later(_PERMIT_S, self._give_up, said.session_id)
        self._wanted[said.session_id] = said.last_seq, timer
        self._follow()

    def unlisten(self, session_id: str) -> None:
        """No more of it."""
        if wanted := self._wanted.pop(session_id, None):
            wanted[1].cancel()
        if close := self._listening.pop(session_id, None):
            close()

    def close(self) -> None:
        """Ends all of them."""
        self._close_own()
        for session_id in [*self._wanted, *self._listening]:
            self.unlisten(session_id)

    def _follow(self) -> None:
        """Opens and closes transcripts as permissions come and go."""
        permitted = self._permits.sessions
        for session_id in self._listening.keys() - permitted:
            self._end(session_id, "ended")
        for session_id in self._wanted.keys() & permitted:
            last_seq, timer = self._wanted.pop(session_id)
            timer.cancel()
            reader = Transcript(session_id, self._outlet)
            _, self._listening[session_id] = self._gateway.feeds.session(session_id, last_seq, reader)

    def _give_up(self, session_id: str) -> None:
        self._end(session_id, "not_permitted")

    def _end(self, session_id: str, reason: str) -> None:
        self.unlisten(session_id)
        self._outlet.push(text_of(ListenEnded(session_id=session_id, reason=reason)))

    async def _read(self, after: int) -> AsyncIterator[list[Entry]]:
        """Pages of events; the whole pool first where the next ones are kept no more."""
        stored = self._gateway.feeds.stored
        async for page in stored.pool(self._pool.pool, after):
            if page[0].seq > after + 1:
                view = await view_of(self._gateway, self._pool)
                yield [Entry(view.seq, encode(view))]
                async for later in stored.pool(self._pool.pool, view.seq):
                    yield later
                return
            yield page
            after = page[-1].seq

    async def _view(self) -> PoolView:
        while True:
            try:
                return await view_of(self._gateway, self._pool)
            except Refused as refused:
                log.warning("the pool %s is not shown: %s", self._pool.pool, refused)
                await asyncio.sleep(_RETRY_S)


def _is_whole(entry: Entry) -> bool:
    return isinstance(_decode(entry.data), PoolView)
