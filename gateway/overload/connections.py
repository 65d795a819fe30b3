"""Connections that take too long: one look at all of them now and then, no timer for each request."""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from runtime.metrics import CLOSED_CONNECTIONS

_LOOK_EVERY_S = 0.5


class Close(StrEnum):
    """Why a connection was ended from our side, in metrics."""

    SLOW_HEAD = "slow_head"
    SLOW_BODY = "slow_body"
    SLOW_READER = "slow_reader"
    IDLE = "idle"
    LARGE_HEAD = "large_head"
    LARGE_BODY = "large_body"
    FULL = "full"


class Connection(Protocol):
    """`due` is when it has to have gone on, by the loop's clock."""

    due: float

    def overdue(self) -> None:
        """It has not."""


class Connections:
    """Those that speak HTTP; sockets have time limits of their own."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._open: set[Connection] = set()

    def add(self, connection: Connection) -> None:
        """From now on it is looked at."""
        self._open.add(connection)

    def discard(self, connection: Connection) -> None:
        """It has ended, or does not speak HTTP any more."""
        self._open.discard(connection)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            self.look()

    def look(self) -> None:
        """Tells those that are overdue."""
        now = self._now()
        for connection in [one for one in self._open if one.due < now]:
            connection.overdue()


def count(why: Close) -> None:
    """One more."""
    CLOSED_CONNECTIONS.labels(why.value).inc()
