"""The persister with no more rights than its role has."""

import asyncio
import random
from dataclasses import replace

import asyncpg

from infra.database.connection import connected
from infra.database.moving import move
from schemas.conversation import ConversationRated
from schemas.erasure import CustomerErased
from schemas.topics import AUDIT, CONFIG, CONFIG_AUDIT, CONVERSATION_COMMANDS, CONVERSATION_EVENTS, ERASURES
from tests.infra.database.filled import session_at, store
from tests.infra.database.test_retention import months_ago
from tests.workers.events import NOW_MS, changed
from tests.workers.persister.stored import assert_exactly, placed, some_sessions, until_stored
from tests.workers.persister.test_persister import audited, change, pool
from tests.workers.world import World, given
from workers.persister.statements import statement


def test_every_statement_is_allowed(world: World, rng: random.Random) -> None:
    async def scenario() -> None:
        sessions = some_sessions(rng, 10)
        rated = sessions[0][0].session_id
        records = [
            (CONVERSATION_EVENTS, placed(sessions, rng)),
            (CONFIG, [pool("p1", "a1"), pool("p1")]),
            (CONFIG_AUDIT, [change("p1", NOW_MS)]),
            (AUDIT, [audited("a")]),
            (ERASURES, [given(CustomerErased(id="e", customer="nobody", at_ms=NOW_MS), 0)]),
        ]
        await world.create(CONVERSATION_COMMANDS, *(topic for topic, _ in records))
        for topic, said in records:
            await world.produce(topic, said)
        limited = replace(world, database_url=f"{world.database_url}?role=aicc_persister")
        with limited.worker("persister"):
            for topic, said in records:
                await until_stored(world, len(said), topic)
            event = ConversationRated(session_id=rated, rating=4, comment="", at_ms=NOW_MS)
            await world.produce(CONVERSATION_EVENTS, [given(event, 0)])
            await until_stored(world, len(records[0][1]) + 1)
        await assert_exactly(world, sessions)
        (row,) = await world.fetch("SELECT rating FROM consultations WHERE session_id = $1", rated)
        assert row["rating"] == 4
        assert await world.fetch("SELECT FROM audit WHERE audit_id = 'a'")
        assert await world.fetch("SELECT FROM erasures WHERE erasure_id = 'e' AND done_at IS NOT NULL")
        assert await world.fetch("SELECT FROM config_audit WHERE pool = 'p1'")
        assert await world.fetch("SELECT FROM agents WHERE agent_id = 'a1' AND NOT active")
        letters = [await world.read(world.prefix + topic.dlq) for topic, _ in records]
        assert not any(letters)

    asyncio.run(scenario())


def test_default_partitions_are_counted_after_they_were_moved(world: World) -> None:
    async def scenario() -> None:
        async with connected(world.database_url) as db:
            await store(db, [changed(session_at(months_ago(4), 1), 1, "Kim")])
            await move(db, "consultations", 100, lambda _: None)
        db = await asyncpg.connect(f"{world.database_url}?role=aicc_persister")
        try:
            counted = await db.fetch(statement("default_rows"), 10)
        finally:
            await db.close()
        assert {row["parent"]: row["rows"] for row in counted}["consultations"] == 0

    asyncio.run(scenario())
