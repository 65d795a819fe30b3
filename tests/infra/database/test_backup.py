"""The database as it was at a moment; what the log says since comes back, who was erased since does not."""

import asyncio
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner

from infra.database.backup import About, bases, restore
from infra.database.command import main
from infra.database.connection import CareError
from infra.stack import LocalStack
from infra.stack.local import Running
from infra.stack.ports import free_port
from infra.stack.postgres import Postgres
from schemas.codec import encode
from schemas.topics import (
    AUDIT,
    CONFIG,
    CONFIG_AUDIT,
    CONVERSATION_COMMANDS,
    CONVERSATION_EVENTS,
    ERASURES,
    ROUTING_EVENTS,
)
from tests import waiting
from tests.workers.events import NOW_MS
from tests.workers.persister.test_erasing import KEY, erasure, said, some
from tests.workers.world import World, until

ALL = (CONVERSATION_COMMANDS, CONVERSATION_EVENTS, ROUTING_EVENTS, CONFIG, CONFIG_AUDIT, AUDIT, ERASURES)


@contextmanager
def command(url: str, *arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    """`aicc-db`, ended at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "infra.database.command", *map(str, arguments)],
        env=World("", "", url, "").environment(),
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@contextmanager
def served(postgres: Postgres, log: Path) -> Iterator[None]:
    """The restored cluster as a server."""
    postgres.prepare()
    run = postgres.command()
    with log.open("ab") as out:
        running = Running(postgres, subprocess.Popen(run.argv, cwd=run.cwd, stdout=out, stderr=out), log)
    try:
        running.wait_ready()
        yield
    finally:
        running.stop()


async def sessions_in(url: str) -> set[str]:
    db = await asyncpg.connect(url)
    try:
        return {row[0] for row in await db.fetch("SELECT session_id FROM consultations")}
    finally:
        await db.close()


def test_what_can_not_be_restored_is_said(tmp_path: Path) -> None:
    def refused(*arguments: str) -> str:
        done = CliRunner().invoke(main, ["restore", "--directory", str(tmp_path), *arguments])
        assert done.exit_code
        return done.output

    into = ("--into", str(tmp_path / "new"))
    assert "no time such as" in refused("--to", "yesterday", *into)
    assert "in which zone" in refused("--to", "2026-01-01T04:00", *into)
    assert "still to come" in refused("--to", "2999-01-01T04:00Z", *into)
    assert "has no base copy" in refused("--to", "2026-01-01T04:00Z", *into)
    (tmp_path / "base-20260101T050000Z").mkdir()
    about = About(datetime(2026, 1, 1, 5, tzinfo=UTC))
    (tmp_path / "base-20260101T050000Z" / "about.json").write_bytes(encode(about))
    assert [finished for _, finished in bases(tmp_path)] == [about.finished]
    assert "has no base copy" in refused("--to", "2026-01-01T04:00Z", *into)
    (tmp_path / "new" / "data").mkdir(parents=True)
    with pytest.raises(CareError, match="is there already"):
        restore(tmp_path, about.finished + timedelta(hours=1), tmp_path / "new", 1, print)


@pytest.mark.faults
def test_a_restored_database_goes_on_and_the_erased_stay_erased(
    stack: LocalStack, kafka_bootstrap: str, topic_prefix: str, database_url: str, redis_url: str,
    tmp_path: Path, rng: random.Random,
) -> None:  # fmt: skip
    world = World(kafka_bootstrap, topic_prefix, database_url, redis_url)
    directory, sessions = tmp_path / "backup", some(rng, 6)
    first, erased, later = set(sessions[:3]), {sessions[0]}, set(sessions[3:])
    settings = {"erasure_key": KEY, "connections": 2}

    async def stored(url: str, wanted: set[str]) -> None:
        async def there() -> bool:
            return await sessions_in(url) == wanted

        await until(there, f"{len(wanted)} sessions in the database", 60)

    async def before() -> datetime:
        await world.create(*ALL)
        with world.worker("persister", **settings):
            await world.produce(CONVERSATION_EVENTS, [e for s in sorted(first) for e in said(s, f"who {s}")])
            await stored(database_url, first)
            await asyncio.sleep(0.5)
            moment = datetime.now(UTC)
            await asyncio.sleep(0.5)
            await world.produce(CONVERSATION_EVENTS, [e for s in sorted(later) for e in said(s, f"who {s}")])
            (gone,) = erased
            await world.produce(ERASURES, [erasure("one", f"who {gone}", [gone], NOW_MS + 3_600_000)])
            await stored(database_url, (first | later) - erased)
        return moment

    async def after(restored: Postgres) -> None:
        url = restored.url(database_url.rsplit("/", 1)[1])
        assert await sessions_in(url) == first  # as it was, the erased among them
        again = World(kafka_bootstrap, topic_prefix, url, redis_url)
        with again.worker("persister", **settings):
            await stored(url, (first | later) - erased)

    with command(database_url, "archive", "--directory", directory) as archiving:
        asyncio.run(waiting.until(lambda: _there(directory / "wal"), 30, "the archive does not begin"))
        with command(database_url, "backup", "--directory", directory) as backing_up:
            assert backing_up.wait(120) == 0
        moment = asyncio.run(before())
        assert archiving.poll() is None
        arguments = ("--directory", directory, "--to", moment.isoformat(), "--into", tmp_path / "new")
        with command(database_url, "restore", *arguments) as restoring:
            assert restoring.wait(180) == 0, (tmp_path / "new" / "recovery.log").read_text()
    restored = Postgres(tmp_path / "new", free_port())
    with served(restored, tmp_path / "restored.log"):
        asyncio.run(after(restored))


def _there(wal: Path) -> bool:
    return wal.exists() and any(wal.iterdir())
