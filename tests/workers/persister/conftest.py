"""Databases that hold nothing but what a test's log says."""

import asyncio
import uuid
from collections.abc import Iterator
from dataclasses import replace

import asyncpg
import pytest

from infra.stack import LocalStack
from tests.workers.world import World


@pytest.fixture
def own_world(world: World, stack: LocalStack, migrated_template: str) -> Iterator[World]:
    """A world with a database of this test's own."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    asyncio.run(_execute(stack.postgres.address, f'CREATE DATABASE "{name}" TEMPLATE "{migrated_template}"'))
    yield replace(world, database_url=stack.postgres.url(name))
    asyncio.run(_execute(stack.postgres.address, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))


async def _execute(url: str, statement: str) -> None:
    db = await asyncpg.connect(url)
    try:
        await db.execute(statement)
    finally:
        await db.close()
