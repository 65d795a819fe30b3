"""Who waits for the next entries of a transcript, bounded in all and by session."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from starlette.types import Receive

from gateway.answers import Refused, busy
from gateway.bodies import ClientGone
from gateway.realtime.feed import Entry
from gateway.realtime.feeds import Feeds

MOST_OF_ONE = 4
_AGAIN_S = b"1"


class Polls:
    """Counts those who wait."""

    def __init__(self) -> None:
        self._waiting: Counter[str] = Counter()
        self.ending = asyncio.Event()
        """The gateway stops: whoever waits is answered with what there is."""

    def __len__(self) -> int:
        return self._waiting.total()

    @contextmanager
    def place(self, session_id: str, most: int) -> Iterator[None]:
        """One of `most` places while the block runs. Raises Refused: 503, or 429 for the session's own."""
        if len(self) >= most:
            raise busy("Too many wait already; ask without waiting")
        if self._waiting[session_id] >= MOST_OF_ONE:
            detail = f"{MOST_OF_ONE} wait for this session already"
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS, detail, (b"retry-after", _AGAIN_S))
        self._waiting[session_id] += 1
        try:
            yield
        finally:
            self._waiting[session_id] -= 1
            if not self._waiting[session_id]:
                del self._waiting[session_id]


class _Collector:
    """A reader of a feed that keeps the first entries."""

    def __init__(self, most: int) -> None:
        self.found: list[Entry] = []
        self.some = asyncio.Event()
        self._most = most

    def has_room(self) -> bool:
        return len(self.found) < self._most

    async def room(self) -> None:
        """Never again once it is full: the feed is closed then."""
        if not self.has_room():
            await asyncio.Event().wait()

    def deliver(self, entry: Entry) -> None:
        self.found.append(entry)
        self.some.set()

    def reset(self) -> None:
        """What is found from here on begins anew."""
        self.found.clear()


async def next_entries(
    feeds: Feeds,
    session_id: str,
    after: int,
    most: int,
    wait_s: float,
    receive: Receive,
    ending: asyncio.Event,
) -> list[Entry]:
    """The entries that come after `after`, none where none come in time or before the `ending`. Raises
    ClientGone as soon as the client has left."""
    collector = _Collector(most)
    _, close = feeds.session(session_id, after, collector)
    came = asyncio.ensure_future(collector.some.wait())
    left = asyncio.ensure_future(_left(receive))
    ends = asyncio.ensure_future(ending.wait())
    try:
        await asyncio.wait((came, left, ends), timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        if left.done() and not came.done():
            raise ClientGone
        return collector.found
    finally:
        close()
        for waiting in (came, left, ends):
            waiting.cancel()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
