"""What goes on at the same time in bench-locks: bursts of sessions, readers, erasures, care."""

import asyncio
import random
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
from aiokafka import AIOKafkaProducer
from msgspec.json import decode
from msgspec.structs import asdict, astuple

from gateway.database import Database, connect
from gateway.filters import Filters
from gateway.history import History
from gateway.paging import Cursor
from gateway.privacy.store import PrivacyStore
from gateway.settings import GatewaySettings
from runtime.kafka import producer_options
from schemas.codec import encode, type_of
from schemas.envelope import headers
from schemas.erasure import CustomerErased, digest
from schemas.ids import partition_of, session_id
from schemas.topics import CONVERSATION_EVENTS, ERASURES
from tests.bench.persisting import Event, conversation
from tests.bench.tidying import KEEP_MONTHS, Tidied

BURST = 100
"""Sessions that begin at the same instant, two of each customer, on different partitions."""

CUSTOMERS = 2_000
OLD_MONTHS = tuple(range(KEEP_MONTHS + 1, KEEP_MONTHS + 5))
_OLD_SHARE = 0.3
_MOST_BEHIND = 6_000
_MOST_ERASURES_BEHIND = 20
_LOOK_S = 0.02
_ERASE_S = 0.3
_WAIT_S = 30.0
"""For a connection: who makes the load shares a loop with the readers, and is not what is measured."""
BEHIND = "SELECT coalesce(sum(next_offset), 0)::bigint FROM sink_offsets WHERE topic = $1"


@dataclass
class Done:
    """How much of everything there was."""

    bursts: int = 0
    records: int = 0
    pages: int = 0
    erasures: int = 0
    tidied: Tidied = field(default_factory=Tidied)

    def everything(self) -> bool:
        """Whether nothing has been left out."""
        made, moved, detached, _ = astuple(self.tidied)
        return all((self.bursts, self.pages, self.erasures, made, moved, detached))

    def figures(self) -> dict[str, int]:
        """By name."""
        own = {name: getattr(self, name) for name in ("bursts", "records", "pages", "erasures")}
        return own | asdict(self.tidied)


def role(url: str, name: str) -> str:
    """The address for one of the service's roles."""
    return f"{url}?role=aicc_{name}"


def months_ago(now: datetime, months: int) -> datetime:
    """The middle of that month."""
    number = now.year * 12 + now.month - 1 - months
    return datetime(number // 12, number % 12 + 1, 15, 12, tzinfo=UTC)


class Load:
    """Everything that writes, reads and tidies up, until it is stopped."""

    def __init__(self, kafka: str, url: str, key: str, archive: Path) -> None:
        self._kafka, self._url, self._key, self._archive = kafka, url, key, archive
        self._rng = random.Random(7)
        self.done = Done()

    @asynccontextmanager
    async def producer(self) -> AsyncIterator[AIOKafkaProducer]:
        """As the services have it."""
        producer = AIOKafkaProducer(**producer_options(self._kafka, "bench"))
        await producer.start()
        try:
            yield producer
        finally:
            await producer.stop()

    async def bursts(self, stop: asyncio.Event) -> None:
        """So fast that the persisters always have something, but never much."""
        async with self.producer() as producer:
            db = await asyncpg.connect(self._url)
            while not stop.is_set():
                if self.done.records - await db.fetchval(BEHIND, CONVERSATION_EVENTS.name) > _MOST_BEHIND:
                    await asyncio.sleep(_LOOK_S)
                    continue
                for wave in zip(*self._burst(), strict=True):
                    for event in wave:
                        await self._send(producer, event)
                self.done.bursts += 1
            await producer.flush()
            await db.close()

    def _burst(self) -> list[Iterator[Event]]:
        now = datetime.now(UTC)
        began = months_ago(now, self._rng.choice(OLD_MONTHS)) if self._rng.random() < _OLD_SHARE else now
        at_ms = round(began.timestamp() * 1000) + self.done.bursts
        people = [f"c{one}" for one in self._rng.sample(range(CUSTOMERS), BURST // 2)]
        count = CONVERSATION_EVENTS.partitions
        return [
            conversation(
                session_id((number * 5 + number // len(people)) % count, at_ms, self._rng.getrandbits(62)),
                people[number % len(people)],
                at_ms,
            )
            for number in range(BURST)
        ]

    async def _send(self, producer: AIOKafkaProducer, event: Event) -> None:
        cause = f"bench:{self.done.records}"
        session = event.session_id
        await producer.send(
            CONVERSATION_EVENTS.name,
            encode(event),
            key=session.encode(),
            partition=partition_of(session),
            headers=headers(cause, type_of(event), cause),
        )
        self.done.records += 1

    async def read(self, stop: asyncio.Event) -> None:
        """Pages of history as the gateway asks for them, and a consultation with all that was said."""
        settings = GatewaySettings(database_url=role(self._url, "gateway"), database_wait_s=_WAIT_S)
        pool = await connect(settings)
        history = History(Database(pool, settings.database_wait_s))
        while not stop.is_set():
            # A statement that takes too long is ended, as the gateway does it.
            with suppress(TimeoutError):
                await self._page(history)
        await pool.close()

    async def _page(self, history: History) -> None:
        filters = self._rng.choice(
            (Filters(status="completed"), Filters(customer_id=self._customer()), Filters())
        )
        page = await history.page(filters, None, 20)
        if page.next_cursor:
            await history.rows(filters, Cursor.parse(page.next_cursor), 20)
        if page.items:
            await history.one(page.items[0].session_id, messages=True)
        self.done.pages += 1

    def _customer(self) -> str:
        return f"c{self._rng.randrange(CUSTOMERS)}"

    async def erase(self, stop: asyncio.Event) -> None:
        """As POST /admin/customers/{customer_id}/erase does."""
        settings = GatewaySettings(database_url=role(self._url, "gateway"), database_wait_s=_WAIT_S)
        pool = await connect(settings)
        store = PrivacyStore(Database(pool, settings.database_wait_s))
        db = await asyncpg.connect(self._url)
        async with self.producer() as producer:
            while not stop.is_set():
                # Each looks through all detached months, some hundreds here: they must not pile up.
                if self.done.erasures - await db.fetchval(BEHIND, ERASURES.name) < _MOST_ERASURES_BEHIND:
                    with suppress(TimeoutError):
                        await self._erase(producer, await self._erasure(store))
                await _pause(stop, _ERASE_S)
        await db.close()
        await pool.close()

    async def _erasure(self, store: PrivacyStore) -> CustomerErased:
        who = self._customer()
        return CustomerErased(
            id=uuid4().hex,
            customer=digest(self._key, who),
            at_ms=round(time.time() * 1000),
            sessions=await store.sessions(who),
        )

    async def _erase(self, producer: AIOKafkaProducer, one: CustomerErased) -> None:
        self.done.erasures += 1
        await producer.send_and_wait(
            ERASURES.name,
            encode(one),
            key=one.customer.encode(),
            partition=0,
            headers=headers(one.id, type_of(one)),
        )

    async def tidy(self, stop: asyncio.Event) -> None:
        """tests.bench.tidying, another process. Raises RuntimeError where it ends by itself."""
        command = (
            sys.executable,
            "-m",
            "tests.bench.tidying",
            role(self._url, "migrator"),
            str(self._archive),
        )
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
        assert process.stdin
        assert process.stdout
        stopped = asyncio.create_task(stop.wait())
        stdin = process.stdin
        stopped.add_done_callback(lambda _: stdin.close())
        try:
            async for line in process.stdout:
                self.done.tidied = decode(line, type=Tidied)
            if await process.wait() or not stop.is_set():
                raise RuntimeError("tests.bench.tidying ended; it has said why on standard error")
        finally:
            stopped.cancel()
            if process.returncode is None:
                process.kill()


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
