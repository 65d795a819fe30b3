"""Customers who are erased: their rows go, and what the log still says of them is stored no more.

Nobody waits for an erasure. It is committed first, so that whoever begins to write from then on obeys it.
Those who had begun before hold an advisory lock, shared by all of them, by which it sees when they are gone;
then nobody touches the rows any more, and it deletes them.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence

import asyncpg
from aiokafka import AIOKafkaProducer, ConsumerRecord
from asyncpg.pool import PoolConnectionProxy

from schemas.codec import encode, type_of
from schemas.conversation import EraseConversation
from schemas.envelope import headers
from schemas.erasure import CustomerErased, decode_erased, digest
from schemas.history_versions import EPOCH
from schemas.ids import created_at, partition_of
from schemas.topics import CONVERSATION_COMMANDS
from workers.persister.images import Images
from workers.persister.rows import Consultation, Customer, Row, at
from workers.persister.statements import statement
from workers.postgres import acquired

_LOT = 20_000
_LOOK_S = 0.005


class Told:
    """Tells the owners of sessions to forget them, and deletes their images."""

    def __init__(self, producer: AIOKafkaProducer, topic_prefix: str, images: Images) -> None:
        self._producer = producer
        self._images = images
        self._topic = topic_prefix + CONVERSATION_COMMANDS.name

    async def erase(self, sessions: Iterable[str]) -> None:
        """Returns when the broker has it. Raises Kafka's errors."""
        wanted = sorted(set(sessions))
        if wanted:
            partitions = await self._producer.partitions_for(self._topic)
            await asyncio.gather(*[self._send(one) for one in wanted if partition_of(one) in partitions])
            await self._images.erase(wanted)

    async def _send(self, session_id: str) -> None:
        command = EraseConversation(session_id=session_id)
        await self._producer.send_and_wait(
            self._topic,
            encode(command),
            key=session_id.encode(),
            partition=partition_of(session_id),
            headers=headers(f"{session_id}:erase", type_of(command)),
        )


class Erasures:
    """erasures: begun, seen by all, done; each step commits by itself, and may come again."""

    _begin = statement("begin_erasure")
    _by_sessions = statement("customer_of_sessions")
    _in_lot = statement("customer_in_lot")
    _sessions_of = statement("sessions_of")
    _mark = statement("mark_erased")
    _finish = statement("erase_customer")

    def __init__(self, pool: asyncpg.Pool, told: Told, key: str) -> None:
        self._pool = pool
        self._told = told
        self._key = key

    def build(self, record: ConsumerRecord) -> Sequence[CustomerErased]:
        """The one erasure. Raises ValueError for what none is."""
        erased = decode_erased(record.value or b"")
        for session_id in erased.sessions:
            created_at(session_id)
        return (erased,)

    async def write(self, sink: PoolConnectionProxy, rows: Iterable[CustomerErased]) -> Collection[str]:
        """On a connection of its own: the sink's transaction only keeps how far the topic is read."""
        async with acquired(self._pool) as db:
            for one in rows:
                await sink.execute("SELECT")  # It may be idle for a time, but not for that of many.
                if await db.fetchval(self._begin, one.id, one.customer, at(one.at_ms)):
                    await self._erase(db, one)
        return (EPOCH,)

    async def _erase(self, db: PoolConnectionProxy, one: CustomerErased) -> None:
        """The owners have heard of it before it is done."""
        sessions, news = set[str](), set(one.sessions)
        customers: list[str] = []
        while news or not customers:
            await db.execute(self._mark, sorted(news))
            sessions |= news
            # They may have stored sessions that are news to us, and others may have gone on with those.
            await writers_gone(db)
            customers = customers or await self._customers(db, one)
            if not customers:
                break
            found = await db.fetch(self._sessions_of, customers, at(one.at_ms))
            news = {row[0] for row in found} - sessions
        await self._told.erase(sessions)
        ordered = sorted(sessions)
        await db.execute(self._finish, one.id, customers, ordered, [*map(created_at, ordered)])

    async def _customers(self, db: PoolConnectionProxy, one: CustomerErased) -> list[str]:
        """Who has the digest: mostly known by a session, or else looked for among all."""
        known = list(one.sessions)
        found = await db.fetchval(
            self._by_sessions, one.customer, self._key, known, [*map(created_at, known)]
        )
        last: str | None = ""
        while found is None and last is not None:
            (found, last), *_ = await db.fetch(self._in_lot, one.customer, self._key, last, _LOT)
        return [found] if found is not None else []


async def writers_gone(db: PoolConnectionProxy) -> None:
    """Returns when every transaction that stores something now is over. What waits here holds nothing."""
    holders = statement("holders_of_erasures")
    there = {row[0] for row in await db.fetch(holders)}
    while there:
        await asyncio.sleep(_LOOK_S)
        there &= {row[0] for row in await db.fetch(holders)}


class Guard:
    """Keeps out of a batch what is of erased sessions, and of sessions that erased customers began before."""

    _hold = statement("hold_erasures")
    _any = statement("any_erasures")
    _before = statement("erased_before")
    _erase = statement("erase_sessions")

    def __init__(self, told: Told, key: str) -> None:
        self._told = told
        self._key = key

    async def passed(self, db: PoolConnectionProxy, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows that may be stored, in their order."""
        await db.execute(self._hold)
        # A statement of its own, as each sees what was there when it began.
        if not rows or not await db.fetchval(self._any):
            return rows
        begun = list({row.session_id: row for row in rows if isinstance(row, Consultation)}.values())
        found = await db.fetch(
            self._before,
            sorted({row.session_id for row in rows if not isinstance(row, Customer)}),
            [row.session_id for row in begun],
            [row.created_at for row in begun],
            [digest(self._key, row.customer_id) for row in begun],
        )
        await self.forget(db, [row["session_id"] for row in found if row["news"]])
        return without(rows, {row["session_id"] for row in found})

    async def forget(self, db: PoolConnectionProxy, sessions: Sequence[str]) -> None:
        """Sessions of which the erasure did not know."""
        if sessions:
            await db.execute(self._erase, list(sessions), [*map(created_at, sessions)])
            await self._told.erase(sessions)


def without(rows: Iterable[Row], sessions: set[str]) -> list[Row]:
    """The rows of other sessions. A customer's row comes right after that of the consultation it is from."""
    kept: list[Row] = []
    of_erased = False
    for row in rows:
        if not isinstance(row, Customer):
            of_erased = row.session_id in sessions
        if not of_erased:
            kept.append(row)
    return kept
