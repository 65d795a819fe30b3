"""`aicc-db retain` deletes images that nobody can see, and no others."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from infra.database.connection import connected
from infra.database.images import delete_unsent
from runtime.objects import open_store
from runtime.settings import Settings, parse_settings
from schemas.attachments import attachment_id
from schemas.codec import encode
from schemas.ids import created_at, session_id
from tests.infra.database.test_retention import quiet

NOW_MS = int(datetime.now(UTC).timestamp() * 1000)
OVER, LIVE, ERASED, UNKNOWN = (session_id(1, NOW_MS, n) for n in range(4))
OLD = session_id(1, NOW_MS - 400 * 24 * 3_600_000, 9)
SENT, UNSENT = (attachment_id(f"{n:032x}", 8, 6, "png") for n in (1, 2))


async def add(db: asyncpg.Connection, session: str, state: str) -> None:
    """A conversation with one message that shows one image."""
    began = created_at(session)
    await db.execute(
        "INSERT INTO consultations (session_id, created_at, version, customer_id, channel, status, state,"
        " started_at, changed_at) VALUES ($1, $2, 1, 'c', 'chat', 'open', $3, $2, $2)",
        session,
        began,
        state,
    )
    await db.execute(
        "INSERT INTO chat_messages (session_id, created_at, seq, message_id, role, at, attachments)"
        " VALUES ($1, $2, 1, 'm', 'customer', $2, $3)",
        session,
        began,
        encode([{"id": SENT}]).decode(),
    )


def test_images_of_no_message_are_deleted_once_the_conversation_is_over(
    database: str, tmp_path: Path
) -> None:
    settings = parse_settings(Settings, {"AICC_VAR": str(tmp_path)})
    store = open_store(settings)
    after = timedelta(hours=24)

    async def left() -> set[tuple[str, str]]:
        return {
            (one.key.partition("/")[0], one.key.partition("/")[2])
            async for lot in store.list()
            for one in lot
        }

    async def scenario() -> None:
        async with connected(database) as db:
            await add(db, OVER, "closed")
            await add(db, LIVE, "active")
            await db.execute("INSERT INTO erased_sessions VALUES ($1)", ERASED)
            for session in (OVER, LIVE, ERASED, UNKNOWN, OLD):
                for name in (SENT, UNSENT):
                    await store.put(f"{session}/{name}", b"x", "image/png")
            await store.put("backup/notes.txt", b"x", "text/plain")
            everything = await left()
            assert await delete_unsent(db, settings, after, quiet) == 0, "they are new"
            for path in (tmp_path / "attachments").rglob("*.*"):
                os.utime(path, (0, 0))
            assert await delete_unsent(db, settings, after, quiet) == 3
            kept = everything - {(OVER, UNSENT), (ERASED, SENT), (ERASED, UNSENT)}
            assert await left() == kept
            began = created_at(OLD)
            month = "INSERT INTO detached_partitions (name, parent, since, until, state)"
            span = (began - timedelta(days=9), began + timedelta(days=9))
            await db.execute(f"{month} VALUES ('x', 'chat_messages', $1, $2, 'exported')", *span)
            assert await delete_unsent(db, settings, after, quiet) == 0, "its rows are there still"
            await db.execute("UPDATE detached_partitions SET state = 'dropped'")
            assert await delete_unsent(db, settings, after, quiet) == 2
            assert await left() == kept - {(OLD, SENT), (OLD, UNSENT)}

    asyncio.run(scenario())
