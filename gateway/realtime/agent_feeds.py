"""The feeds of one agent's socket: its own, and the transcripts of the sessions that it holds."""

import asyncio
import logging
from collections.abc import Mapping

from redis.exceptions import RedisError

from gateway.realtime.feed import Entry, Feed
from gateway.realtime.feeds import Close
from gateway.realtime.frames import Reset, agent_frame, text_of
from gateway.realtime.held import Held
from gateway.realtime.live import LiveSession
from gateway.realtime.outlet import Outlet
from gateway.realtime.transcript import Transcript
from gateway.state import Gateway
from runtime.about import about
from schemas.assignments import decode_feed
from schemas.states import Role

log = logging.getLogger(__name__)
_RESUME_S = 0.5
_RETRY_S = 0.5


class AgentFeeds:
    """Reads for `outlet`. A client that comes again gives its `last_seq`, and in its first frame where it
    was in each transcript: these begin with that frame, or without it after half a second."""

    def __init__(self, gateway: Gateway, agent_id: str, last_seq: int | None, outlet: Outlet) -> None:
        self._gateway = gateway
        self._feeds = gateway.feeds
        self._agent_id = agent_id
        self._known = last_seq or 0
        self._again = last_seq is not None
        self._outlet = outlet
        self._held = Held()
        self._cursors: dict[str, int] = {}
        self._sessions: dict[str, tuple[Feed, Close, LiveSession]] = {}
        self._begun = not self._again
        self._timer: asyncio.TimerHandle | None = None
        self._close_own: Close = lambda: None
        self.has_room = outlet.has_room
        self.room = outlet.room

    async def open(self) -> None:
        """Starts from the newest state, so that what the agent holds is known; sends what is new to it."""
        cursor = await self._start()
        _, self._close_own = self._feeds.agent(self._agent_id, cursor, self, known=self._known)
        if not self._begun:
            self._timer = asyncio.get_running_loop().call_later(_RESUME_S, self._begin)

    def resume(self, agent_seq: int, sessions: Mapping[str, int]) -> None:
        """The client's first frame; later ones have no say."""
        if self._begun:
            return
        self._known = max(self._known, agent_seq)
        self._cursors.update(sessions)
        self._begin()

    def deliver(self, entry: Entry) -> None:
        """An entry of the agent's own feed."""
        self._held.hear(decode_feed(entry.data))
        if entry.seq > self._known:
            self._outlet.push(agent_frame(entry.seq, entry.data))
        self._follow()

    def reset(self) -> None:
        """The agent's own feed begins anew."""
        self._known = 0
        self._outlet.push(text_of(Reset(feed="agent")))

    def type(self, session_id: str) -> None:
        """The agent writes in a session that it holds."""
        if held := self._sessions.get(session_id):
            held[2].type()

    def close(self) -> None:
        """Ends all of them."""
        if self._timer:
            self._timer.cancel()
        self._close_own()
        for _, close, live in self._sessions.values():
            close()
            live.close()

    def _begin(self) -> None:
        self._begun = True
        self._follow()

    def _follow(self) -> None:
        """Opens and closes transcripts as the agent's contacts are."""
        if not self._begun:
            return
        wanted = self._held.sessions
        for session_id in self._sessions.keys() - wanted:
            feed, close, live = self._sessions.pop(session_id)
            self._cursors[session_id] = feed.cursor
            close()
            live.close()
        for session_id in wanted - self._sessions.keys():
            reader = Transcript(session_id, self._outlet)
            cursor = self._cursors.get(session_id, 0)
            feed, close = self._feeds.session(session_id, cursor, reader)
            live = self._gateway.live_session(session_id, Role.AGENT, self._outlet)
            self._sessions[session_id] = feed, close, live

    async def _start(self) -> int:
        while True:
            try:
                return await self._feeds.stored.start_of_agent(self._agent_id, self._known, again=self._again)
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("an agent's feed can't be read: %r", error, extra=about(agent=self._agent_id))
                await asyncio.sleep(_RETRY_S)
