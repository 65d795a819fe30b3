"""A record that can't be stored costs its neighbours neither their rows nor their order."""

import asyncio
from typing import cast

import asyncpg
import pytest
from aiokafka import ConsumerRecord
from asyncpg.pool import PoolConnectionProxy

from schemas.codec import encode
from schemas.conversation import ConsultationChanged
from schemas.ids import session_id
from tests.waiting import until
from tests.workers.events import NOW_MS, changed
from tests.workers.world import World
from workers.persister.erasing import Guard, Told
from workers.persister.sink import Built, build, write
from workers.persister.tables import Events

_WAITS = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = $1"


def record(offset: int, event: ConsultationChanged) -> ConsumerRecord:
    value = encode(event)
    return ConsumerRecord("events", 0, offset, 0, 0, None, value, None, 0, len(value), ())


def said(number: int, customer: str, version: int = 1) -> ConsumerRecord:
    return record(number, changed(session_id(0, NOW_MS, number), version, customer))


async def connect(world: World) -> PoolConnectionProxy:
    """A connection, which all that is tested takes like one of a pool."""
    return cast("PoolConnectionProxy", await asyncpg.connect(world.database_url))


def events() -> Events:
    """Without an erasure nobody is told anything."""
    return Events(Guard(cast("Told", None), ""))


@pytest.mark.parametrize("bad", [{0}, {3}, {7}, {1, 2, 6}, set(range(8)), set()], ids=str)
def test_those_alone_are_refused(own_world: World, bad: set[int]) -> None:
    async def scenario() -> None:
        records = [said(n, "c", 2**40 if n in bad else 1) for n in range(8)]
        built, _ = build(events(), records)
        db = await connect(own_world)
        async with db.transaction():
            refused = await write(db, events(), built, set())
        assert {one.offset for one, _ in refused} == bad
        assert all("range" in reason for _, reason in refused)
        assert await db.fetchval("SELECT count(*) FROM consultations") == 8 - len(bad)
        await db.close()

    asyncio.run(scenario())


def test_two_with_bad_records_never_wait_in_a_circle(own_world: World) -> None:
    """One has written b, the other, after a record that splits its batch, c and a: then the first wants c."""

    async def scenario() -> None:
        one, other, third = [await connect(own_world) for _ in range(3)]
        pid = other.get_server_pid()

        async def waits() -> bool:
            return bool(await third.fetchval(_WAITS, pid))

        split, _ = build(events(), [said(1, "c"), said(2, "bad", 2**40), said(3, "a"), said(4, "b")])
        async with one.transaction():
            await write(one, events(), build(events(), [said(5, "b")])[0], set())
            writing = asyncio.create_task(_in_transaction(other, split))
            await until(waits, 10, "nobody waits")
            # Had the other one kept c, this would be the circle.
            await write(one, events(), build(events(), [said(6, "c")])[0], set())
        assert [refused.offset for refused in await writing] == [2]
        for db in (one, other, third):
            await db.close()

    asyncio.run(scenario())


async def _in_transaction(db: PoolConnectionProxy, built: Built) -> list[ConsumerRecord]:
    async with db.transaction():
        return [record for record, _ in await write(db, events(), built, set())]
