"""`python -m tests.bench.tidying URL ARCHIVE`: the care of `aicc-db`, again and again, until its input ends.

After each round it says on standard output how much there was of each so far, as JSON. It is a process of its
own, as `aicc-db` is: what holds a strong lock must not wait for who makes the load.
"""

import asyncio
import sys
from pathlib import Path

import asyncpg
import msgspec

from infra.database import moving, partitions, retention
from infra.database.connection import TABLES, CareError, connected

KEEP_MONTHS = 13
LOCK_MS = 100
"""What the commands have, where nothing else is asked for."""

_PAUSE_S = 0.5
_ARCHIVED = 8
_AHEAD = 4
_MOST_AHEAD = 60


class Tidied(msgspec.Struct):
    """Partitions made, rows moved out of default partitions, partitions detached; and what was put off as the
    command does when there is no moment for it."""

    made: int = 0
    moved: int = 0
    detached: int = 0
    put_off: int = 0


async def tidy(url: str, archive: Path) -> None:
    """`partitions make` and `move`, then `retain` with `--export` and `--drop`, as the migrator."""
    done, ended = Tidied(), asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    ahead = _AHEAD
    async with connected(url) as db:
        while not ended.done():
            ahead = _AHEAD + (ahead - _AHEAD + 1) % _MOST_AHEAD
            done.made += len(await partitions.make_ahead(db, ahead))
            try:
                await _retain(db, archive, done)
            except CareError:
                done.put_off += 1
            await _throw_away(db)
            sys.stdout.write(msgspec.json.encode(done).decode() + "\n")
            sys.stdout.flush()
            await asyncio.wait([ended], timeout=_PAUSE_S)


async def _retain(db: asyncpg.Connection, archive: Path, done: Tidied) -> None:
    for parent in TABLES:
        done.moved += await moving.move(db, parent, LOCK_MS, _quiet)
    done.detached += len(await retention.detach(db, KEEP_MONTHS, LOCK_MS, _quiet))
    await retention.export_kept(db, archive, _quiet)
    await retention.drop_exported(db, _quiet)


async def _throw_away(db: asyncpg.Connection) -> None:
    """The oldest files, or there would be thousands in the end."""
    gone = await db.fetch(
        "DELETE FROM detached_partitions WHERE name IN (SELECT name FROM detached_partitions"
        " WHERE state = 'dropped' ORDER BY detached_at DESC OFFSET $1) RETURNING name, path",
        _ARCHIVED,
    )
    for row in gone:
        await asyncio.to_thread(Path(row["path"]).unlink, missing_ok=True)
    await db.execute("DELETE FROM stale_exports WHERE name = ANY ($1)", [row["name"] for row in gone])


def _quiet(_: str) -> None:
    """Says nothing."""


if __name__ == "__main__":
    asyncio.run(tidy(sys.argv[1], Path(sys.argv[2])))
