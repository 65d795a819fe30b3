"""What the workers keep is the same when it is made anew from the log; the erased do not come back."""

import asyncio
import random
import subprocess
import sys
from typing import Any

import asyncpg
import pytest
import redis

from infra.stack import LocalStack
from schemas.topics import (
    AGENT_ASSIGNMENTS,
    AUDIT,
    CONFIG,
    CONFIG_AUDIT,
    CONVERSATION_COMMANDS,
    CONVERSATION_EVENTS,
    ERASURES,
    ROUTING_ANSWERS,
    ROUTING_EVENTS,
)
from tests.workers.events import NOW_MS
from tests.workers.persister.test_erasing import KEY, erasure, said, some
from tests.workers.world import World, until

ALL = (
    CONVERSATION_COMMANDS,
    CONVERSATION_EVENTS,
    ROUTING_EVENTS,
    AGENT_ASSIGNMENTS,
    ROUTING_ANSWERS,
    CONFIG,
    CONFIG_AUDIT,
    AUDIT,
    ERASURES,
)
_ROW = "to_jsonb(t) - 'stored_at' - 'updated_at'"
TABLES = ("consultations", "chat_messages", "customers", "sink_offsets")


def rebuild(world: World, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """As an operator calls it."""
    return subprocess.run(
        [sys.executable, "-m", "infra.database.rebuild_command", *arguments],
        env=world.environment(erasure_key=KEY, connections=2),
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


async def rows(url: str) -> dict[str, list[str]]:
    """Everything in the tables, but for when it was stored."""
    db = await asyncpg.connect(url)
    try:
        found = {}
        for table in TABLES:
            lines = await db.fetch(
                f"SELECT to_jsonb(t) - 'stored_at' - 'updated_at' AS row FROM {table} AS t"
            )
            found[table] = sorted(line["row"] for line in lines)
        return found
    finally:
        await db.close()


def feeds(url: str) -> dict[bytes, Any]:
    """Every key of the notifier's with what it holds."""
    with redis.Redis.from_url(url) as server:
        names: list[Any] = sorted(server.scan_iter("*"))
        return {
            name: server.xrange(name) if server.type(name) == b"stream" else server.get(name)
            for name in names
            if not name.startswith(b"history")
        }


async def execute(url: str, statement: str) -> None:
    db = await asyncpg.connect(url)
    try:
        await db.execute(statement)
    finally:
        await db.close()


@pytest.mark.faults
def test_redis_and_postgres_are_what_they_were(
    stack: LocalStack, kafka_bootstrap: str, topic_prefix: str, database_url: str, redis_url: str,
    rng: random.Random,
) -> None:  # fmt: skip
    world = World(kafka_bootstrap, topic_prefix, database_url, redis_url)
    sessions = some(rng, 9)
    gone = sessions[4]

    async def fill() -> None:
        await world.create(*ALL)
        settings = {"erasure_key": KEY, "connections": 2}
        with world.worker("persister", **settings), world.worker("notifier"):
            await world.produce(CONVERSATION_EVENTS, [e for s in sessions for e in said(s, f"who {s}")])
            await world.produce(ERASURES, [erasure("one", f"who {gone}", [gone], NOW_MS + 3_600_000)])

            async def stored() -> bool:
                found = await world.fetch("SELECT session_id FROM consultations")
                done = await world.fetch(
                    "SELECT * FROM sink_offsets WHERE next_offset > 0 AND topic LIKE '%erasures'"
                )
                return {one["session_id"] for one in found} == {*sessions} - {gone} and bool(done)

            await until(stored, "all stored, one erased", 60)

            async def noted() -> bool:
                held = await asyncio.to_thread(feeds, world.redis_url)
                return sum(name.startswith(b"session:") for name in held) == len(sessions)

            await until(noted, "all feeds", 60)

    asyncio.run(fill())
    before = asyncio.run(rows(world.database_url))
    assert before["consultations"]
    assert gone not in str(before["consultations"])

    fresh = stack.postgres.url(f"rebuilt_{rng.getrandbits(32):08x}")
    asyncio.run(execute(stack.postgres.address, f'CREATE DATABASE "{fresh.rsplit("/", 1)[1]}"'))
    done = rebuild(world, "postgres", "--into", fresh)
    assert done.returncode == 0, done.stderr
    assert "records" in done.stderr
    assert asyncio.run(rows(fresh)) == before
    again = rebuild(world, "postgres", "--into", fresh)
    assert (again.returncode, "is not empty" in again.stderr) == (1, True)

    held = feeds(world.redis_url)
    damaged = next(name for name in held if name.startswith(b"session:"))
    with redis.Redis.from_url(world.redis_url) as server:
        server.xtrim(damaged, maxlen=1)
        server.delete(*[name for name in held if name.startswith(b"session:")][1:3])
    assert feeds(world.redis_url) != held
    done = rebuild(world, "redis")
    assert done.returncode == 0, done.stderr
    assert feeds(world.redis_url) == held
