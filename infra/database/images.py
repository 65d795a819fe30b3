"""Images that nobody sees any more: never sent, of erased sessions, or of months that are dropped."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg

from infra.database.connection import CareError, Say, statement
from runtime.objects import ObjectStore, Stored, Unavailable, open_store
from runtime.settings import Settings
from schemas.ids import created_at

_LOT = 1_000


async def delete_unsent(db: asyncpg.Connection, settings: Settings, after: timedelta, say: Say) -> int:
    """How many went; only what has been there for longer than `after`. Raises CareError where the store does
    not answer: what was not deleted is the next time."""
    store = open_store(settings)
    until, deleted, seen = datetime.now(UTC) - after, 0, 0
    try:
        async for lot in _lots(store, until):
            for key in await _unsent(db, lot):
                await store.delete(key)
                deleted += 1
            seen += len(lot)
            say(f"images: {seen} looked at, {deleted} deleted")
    except Unavailable as error:
        raise CareError(f"Images can't be looked through: {error}") from error
    finally:
        await store.close()
    return deleted


async def _lots(store: ObjectStore, until: datetime) -> AsyncIterator[list[Stored]]:
    gathered: list[Stored] = []
    async for lot in store.list():
        gathered += [one for one in lot if one.changed_at < until]
        if len(gathered) >= _LOT:
            yield gathered
            gathered = []
    if gathered:
        yield gathered


async def _unsent(db: asyncpg.Connection, lot: list[Stored]) -> list[str]:
    """Keys. Whatever is no session's is left alone."""
    rows = []
    for one in lot:
        session_id, _, name = one.key.partition("/")
        try:
            rows.append((session_id, name, created_at(session_id)))
        except ValueError:
            continue
    if not rows:
        return []
    found = await db.fetch(statement("unsent_attachments"), *map(list, zip(*rows, strict=True)))
    return [f"{row['session_id']}/{row['name']}" for row in found]
