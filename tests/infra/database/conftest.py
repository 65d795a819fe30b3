"""A database for each test."""

import asyncio
import uuid
from collections.abc import Iterator

import asyncpg
import pytest

from infra.stack import LocalStack


@pytest.fixture
def database(stack: LocalStack, migrated_template: str) -> Iterator[str]:
    """The address of a migrated database that holds nothing."""
    name = f"test_{uuid.uuid4().hex[:12]}"

    async def run(statement: str) -> None:
        db = await asyncpg.connect(stack.postgres.address)
        try:
            await db.execute(statement)
        finally:
            await db.close()

    asyncio.run(run(f'CREATE DATABASE "{name}" TEMPLATE "{migrated_template}"'))
    yield stack.postgres.url(name)
    asyncio.run(run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
