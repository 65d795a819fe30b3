"""The pool's events on their way to one supervisor's socket."""

import asyncio
import logging
from collections.abc import AsyncIterator

import msgspec

from gateway.answers import Refused
from gateway.realtime.feed import Entry
from gateway.realtime.feeds import Close
from gateway.realtime.frames import Reset, pool_frame, text_of
from gateway.realtime.listening import Listening
from gateway.realtime.outlet import Outlet
from gateway.realtime.pool_views import view_of
from gateway.state import Gateway
from runtime.about import about
from schemas.audit import RoutingEvent
from schemas.codec import encode
from schemas.config import PoolConfig
from schemas.pool_view import PoolView

log = logging.getLogger(__name__)
_RETRY_S = 0.5

_decode = msgspec.json.Decoder(RoutingEvent | PoolView).decode


class SupervisorFeeds:
    """Reads for `outlet`, and tells `listening` what it reads. What the socket begins with is asked of the
    pool's owner: how far its events have come, and to whom the supervisor may listen, whatever Redis has."""

    def __init__(
        self, gateway: Gateway, pool: PoolConfig, listening: Listening, last_seq: int | None, outlet: Outlet
    ) -> None:
        self._gateway = gateway
        self._pool = pool
        self._name = encode(pool.pool).decode()
        self._last_seq = last_seq
        self._outlet = outlet
        self._listening = listening
        self._close_own: Close = lambda: None
        self.has_room = outlet.has_room
        self.room = outlet.room

    async def open(self) -> None:
        """Sends the pool as a whole, or what came after the client's last event."""
        view = await self._view()
        cursor = view.seq
        if self._last_seq is not None and self._last_seq <= view.seq:
            cursor = self._last_seq
        else:
            if self._last_seq is not None:
                self.reset()
            self._outlet.push(pool_frame(self._name, view.seq, encode(view)))
        self._listening.show(view)
        _, self._close_own = self._gateway.feeds.pool(self._pool.pool, cursor, self._read, self, _is_whole)

    def deliver(self, entry: Entry) -> None:
        """An event, or the whole pool in the place of events that are kept no more."""
        self._outlet.push(pool_frame(self._name, entry.seq, entry.data))
        match _decode(entry.data):
            case RoutingEvent() as event:
                self._listening.hear(event)
            case PoolView() as view:
                self._listening.show(view)

    def reset(self) -> None:
        """The pool's feed begins anew."""
        self._outlet.push(text_of(Reset(feed="pool")))

    def close(self) -> None:
        """Ends it."""
        self._close_own()

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
                log.warning("a pool is not shown: %s", refused, extra=about(pool=self._pool.pool))
                await asyncio.sleep(_RETRY_S)


def _is_whole(entry: Entry) -> bool:
    return isinstance(_decode(entry.data), PoolView)
