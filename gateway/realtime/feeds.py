"""All feeds that somebody reads here: opened, nudged over Redis, compared with their streams."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import NamedTuple

import asyncpg
from redis.exceptions import RedisError

from gateway.bus import Bus
from gateway.realtime.feed import Entry, Feed, Read, Reader
from gateway.realtime.stored import StoredFeeds, says_all
from runtime.about import about_feed

log = logging.getLogger(__name__)
_AT_ONCE = 200
Close = Callable[[], None]
Anew = Callable[[], Awaitable[int | None]]


class Open(NamedTuple):
    """A feed that somebody reads; `anew` gives the cursor from which one begins anew whose client knows more
    than there is, or None where there is as much after all."""

    feed: Feed
    anew: Anew | None


class Feeds:
    """Opens feeds; `run` keeps them level whatever nudges were lost."""

    def __init__(
        self, bus: Bus, stored: StoredFeeds, compare_every_s: float, beyond_end_s: float = 10.0
    ) -> None:
        self.stored = stored
        self._bus = bus
        self._compare_every_s = compare_every_s
        self._beyond_end_s = beyond_end_s
        self._open: dict[str, set[Open]] = {}
        self._unsure: set[str] = set()
        self._judging: set[asyncio.Task[None]] = set()
        self._some_unsure = asyncio.Event()

    def session(self, session_id: str, cursor: int, reader: Reader) -> tuple[Feed, Close]:
        """The transcript after `cursor`, and what ends it."""
        feed = Feed(cursor, partial(self.stored.session, session_id), reader, known=cursor)
        return self._start(
            f"session:{session_id}", Open(feed, lambda: self.stored.begin_of_session(session_id, feed.known))
        )

    def agent(self, agent_id: str, cursor: int, reader: Reader, known: int = 0) -> tuple[Feed, Close]:
        """The agent's feed after `cursor`, and what ends it; the client says that it knows up to `known`."""
        feed = Feed(cursor, partial(self.stored.agent, agent_id), reader, says_all, known)
        return self._start(
            f"agent:{agent_id}", Open(feed, lambda: self.stored.start_of_agent(agent_id, 0, again=False))
        )

    def pool(
        self, pool: str, cursor: int, read: Read, reader: Reader, restart: Callable[[Entry], bool]
    ) -> tuple[Feed, Close]:
        """The pool's events after `cursor`, which the owner has vouched for, and what ends them."""
        return self._start(f"pool:{pool}", Open(Feed(cursor, read, reader, restart), None))

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
            for one in self._feeds(name):
                one.feed.compare(last_seq)
                self._doubt(name, one)

    def _doubt(self, name: str, one: Open) -> None:
        """A client that knows more than there is would hear nothing until there is as much."""
        now = asyncio.get_running_loop().time()
        if one.feed.known and one.anew is not None and now - one.feed.since > self._beyond_end_s:
            one.feed.since = now  # where it can't be judged now, it is again after the same time
            judging = asyncio.create_task(self._judge(name, one.feed, one.anew))
            self._judging.add(judging)
            judging.add_done_callback(self._judging.discard)

    async def _judge(self, name: str, feed: Feed, anew: Anew) -> None:
        try:
            cursor = await anew()
        except (RedisError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
            log.warning("a feed can't be read: %r", error, extra=about_feed(name))
            return
        if cursor is not None and feed.known:
            log.warning("a client knows up to %d, beyond the end", feed.known, extra=about_feed(name))
            feed.begin_anew(cursor)
        feed.known = 0

    def _start(self, name: str, one: Open) -> tuple[Feed, Close]:
        feed = one.feed
        feed.about = about_feed(name)

        def hear(payload: bytes | None) -> None:
            if payload is None:
                self._unsure.add(name)
                self._some_unsure.set()
            else:
                feed.nudge(payload)

        leave = self._bus.listen(f"nudge:{name}", hear)
        self._open.setdefault(name, set()).add(one)

        def close() -> None:
            leave()
            feed.close()
            self._open[name].discard(one)
            if not self._open[name]:
                del self._open[name]

        return feed, close

    def _feeds(self, name: str) -> Iterable[Open]:
        return tuple(self._open.get(name, ()))
