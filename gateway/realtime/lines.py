"""All sockets of this gateway: whether new ones are taken, and the end of all that are idle, or at a stop."""

import asyncio
from random import uniform

from gateway.answers import busy
from gateway.realtime.frames import Reconnect, text_of
from gateway.realtime.outlet import End, Outlet

_AGAIN_PER_S = 2_000
"""So many clients a second come again elsewhere after a stop, at the most; but all within a second."""
_LOOK_S = 0.02
_SWEEPS = 10


class Lines:
    """The outlets of all open sockets."""

    def __init__(self) -> None:
        self.draining = False
        self._open: set[Outlet] = set()
        self._lasting: set[Outlet] = set()

    def __len__(self) -> int:
        return len(self._open)

    def admit(self) -> None:
        """Raises Refused (503) where the gateway is about to stop."""
        if self.draining:
            raise busy("The gateway restarts")

    def add(self, outlet: Outlet, *, lasting: bool = False) -> None:
        """The socket is open; a `lasting` one may be idle for ever."""
        self._open.add(outlet)
        if lasting:
            self._lasting.add(outlet)
        if self.draining:  # it was admitted just before
            self._send_away(outlet)

    def remove(self, outlet: Outlet) -> None:
        """It is closed."""
        self._open.discard(outlet)
        self._lasting.discard(outlet)

    async def sweep(self, idle_s: float) -> None:
        """Closes sockets on which neither side has said anything for `idle_s`; until cancelled."""
        clock = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(idle_s / _SWEEPS)
            since = clock() - idle_s
            for outlet in self._open - self._lasting:
                if outlet.moved_at < since:
                    outlet.finish(End.IDLE)

    async def drain(self, within_s: float) -> None:
        """Takes no new ones, tells each client when to come again, and closes all. Returns when they are
        closed, at the latest after `within_s`."""
        self.draining = True
        for outlet in self._open:
            self._send_away(outlet)
        clock = asyncio.get_running_loop().time
        until = clock() + within_s
        while self._open and clock() < until:
            await asyncio.sleep(_LOOK_S)

    def _send_away(self, outlet: Outlet) -> None:
        spread_ms = 1000 * max(1.0, len(self._open) / _AGAIN_PER_S)
        outlet.finish(End.RESTART, text_of(Reconnect(after_ms=round(uniform(0.0, spread_ms)))))
