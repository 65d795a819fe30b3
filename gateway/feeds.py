"""All feeds that somebody reads here: opened, nudged over Redis, compared with their streams."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from functools import partial

from redis.exceptions import RedisError

from gateway.bus import Bus
from gateway.feed import Feed, Reader
from gateway.stored import StoredFeeds, says_all

log = logging.getLogger(__name__)
_AT_ONCE = 200
Close = Callable[[], None]


class Feeds:
    """Opens feeds; `run` keeps them level whatever nudges were lost."""

    def __init__(self, bus: Bus, stored: StoredFeeds, compare_every_s: float) -> None:
        self.stored = stored
        self._bus = bus
        self._compare_every_s = compare_every_s
        self._open: dict[str, set[Feed]] = {}
        self._unsure: set[str] = set()
        self._some_unsure = asyncio.Event()

    def session(self, session_id: str, cursor: int, reader: Reader) -> tuple[Feed, Close]:
        """The transcript after `cursor`, and what ends it."""
        return self._start(
            f"session:{session_id}", Feed(cursor, partial(self.stored.session, session_id), reader)
        )

    def agent(self, agent_id: str, cursor: int, reader: Reader) -> tuple[Feed, Close]:
        """The agent's feed after `cursor`, and what ends it."""
        feed = Feed(cursor, partial(self.stored.agent, agent_id), reader, says_all)
        return self._start(f"agent:{agent_id}", feed)

    async def run(self) -> None:
        """Compares what may have missed something at once, and all every `compare_every_s`."""
        clock = asyncio.get_running_loop().time
        due = clock() + self._compare_every_s
        while True:
            try:
                async with asyncio.timeout(max(0.0, due - clock())):
                    await self._some_unsure.wait()
            except TimeoutError:
                due = clock() + self._compare_every_s
                self._unsure |= self._open.keys()
            self._some_unsure.clear()
            names, self._unsure = sorted(self._unsure), set()
            try:
                for at in range(0, len(names), _AT_ONCE):
                    await self._compare(names[at : at + _AT_ONCE])
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("feeds could not be compared: %r", error)

    async def _compare(self, names: list[str]) -> None:
        for name, last_seq in zip(names, await self.stored.last_seqs(names), strict=True):
            for feed in self._feeds(name):
                feed.compare(last_seq)

    def _start(self, name: str, feed: Feed) -> tuple[Feed, Close]:
        def hear(payload: bytes | None) -> None:
            if payload is None:
                self._unsure.add(name)
                self._some_unsure.set()
            else:
                feed.nudge(payload)

        leave = self._bus.listen(f"nudge:{name}", hear)
        self._open.setdefault(name, set()).add(feed)

        def close() -> None:
            leave()
            feed.close()
            self._open[name].discard(feed)
            if not self._open[name]:
                del self._open[name]

        return feed, close

    def _feeds(self, name: str) -> Iterable[Feed]:
        return tuple(self._open.get(name, ()))
