"""Reads feeds from where they are stored: Redis streams, and the transcript in Postgres for what is older."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, NamedTuple

import msgspec
from redis.asyncio import Redis

from gateway.history import MAX_SEQ, History
from gateway.realtime.feed import Entry
from runtime.metrics import FEED_READS

_PAGE = 200
_LOOK_BACK = 1_000


class _Typed(msgspec.Struct, gc=False):
    type: str


_type_of = msgspec.json.Decoder(_Typed).decode


def says_all(entry: Entry) -> bool:
    """An agent's whole state: what came before it need not be known."""
    return _type_of(entry.data).type == "agent.state"


class Told(NamedTuple):
    """What the notifier keeps of a session: the JSON of its newest version and place, and its last seq."""

    changed: bytes | None
    place: bytes | None
    last_seq: int


class StoredFeeds:
    """The streams `session:<id>`, `agent:<id>` and `pool:<name>`; each entry's id is `<seq>-0`,
    its JSON the field `d`."""

    def __init__(self, redis: Redis, history: History) -> None:
        self._redis = redis
        self._history = history

    async def session(self, session_id: str, after: int) -> AsyncIterator[list[Entry]]:
        """Pages of the session's transcript with seq above `after`."""
        found = False
        async for page in self._pages(f"session:{session_id}", after):
            if not found and page[0].seq > after + 1:
                async for older in self.older(session_id, after, page[0].seq):
                    yield older
            found = True
            yield page
        # A feed that has nothing newer says all there is; only one that is not there leaves the rest open.
        if not found and (await self.last_seqs([f"session:{session_id}"]))[0] is None:
            async for older in self.older(session_id, after, MAX_SEQ):
                yield older

    async def agent(self, agent_id: str, after: int) -> AsyncIterator[list[Entry]]:
        """Pages of the agent's feed with seq above `after`, from its newest state where they are gone."""
        name = f"agent:{agent_id}"
        async for page in self._pages(name, after):
            if page[0].seq > after + 1 and (state := await self.newest_state(agent_id)):
                after = state - 1
                async for later in self._pages(name, after):
                    yield later
                return
            yield page
            after = page[-1].seq

    async def pool(self, pool: str, after: int) -> AsyncIterator[list[Entry]]:
        """Pages of the pool's events with seq above `after`, of those that are kept."""
        async for page in self._pages(f"pool:{pool}", after):
            yield page

    async def begin_of_session(self, session_id: str, known: int) -> int | None:
        """0, from where all of the transcript follows; None where there is an entry `known` in Postgres."""
        found = known <= MAX_SEQ and await self._history.transcript(session_id, known - 1, known + 1)
        return None if found else 0

    async def standing(self, session_id: str) -> Told:
        """The session as the notifier told it last."""
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.mget(f"status:session:{session_id}", f"position:session:{session_id}")
        pipeline.xrevrange(f"session:{session_id}", count=1)
        (changed, place), last = await pipeline.execute()
        return Told(changed, place, _entries(last)[0].seq if last else 0)

    async def newest_state(self, agent_id: str) -> int | None:
        """The seq of the newest `agent.state` among the last entries, or None."""
        newest = await self._redis.xrevrange(f"agent:{agent_id}", count=_LOOK_BACK)
        return next((entry.seq for entry in _entries(newest) if says_all(entry)), None)

    async def start_of_agent(self, agent_id: str, known: int, *, again: bool) -> int:
        """The cursor from which an agent's socket reads: right before the newest state, or earlier where a
        client that comes again knows less; without any state, the end."""
        state = await self.newest_state(agent_id)
        if state is not None:
            return min(known, state - 1) if again else state - 1
        return known if again else (await self.last_seqs([f"agent:{agent_id}"]))[0] or 0

    async def last_seqs(self, names: Sequence[str]) -> list[int | None]:
        """The seq of the last entry of each stream; None where the stream is not there."""
        pipeline = self._redis.pipeline(transaction=False)
        for name in names:
            pipeline.xrevrange(name, count=1)
        return [_entries(found)[0].seq if found else None for found in await pipeline.execute()]

    async def older(self, session_id: str, after: int, before: int) -> AsyncIterator[list[Entry]]:
        """Pages of the transcript between two seqs, as Postgres has it."""
        while after < MAX_SEQ and (page := await self._history.transcript(session_id, after, before)):
            yield page
            after = page[-1].seq

    async def _pages(self, name: str, after: int) -> AsyncIterator[list[Entry]]:
        FEED_READS.inc()
        while page := _entries(await self._redis.xrange(name, min=f"{after + 1}-0", count=_PAGE)):
            yield page
            after = page[-1].seq
            if len(page) < _PAGE:
                return


def _entries(found: Any) -> list[Entry]:
    return [Entry(int(identity.partition(b"-")[0]), fields[b"d"]) for identity, fields in found or ()]
