"""A Postgres of a test's own whose disk can be filled: all its files, or its write-ahead log alone, lie on a
small file system. Where none may be mounted (no root, or a container without that right), Postgres itself is
told to answer as it does then; that shows the persister's part, though not the server's."""

import asyncio
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

import migrations
from infra.paths import JARS
from infra.stack import LocalStack

SIZES_MB = {"data": 192, "wal": 96}
LEFT_BYTES = 64 * 1024
_REFUSE = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON chat_messages EXECUTE FUNCTION full_disk();
"""
_TAKE = "DROP FUNCTION full_disk CASCADE"
_SWITCH = "SELECT pg_logical_emit_message(false, '', 'x'), pg_switch_wal()"
_AGAIN_S = 0.2
_ENDS_WITHIN_S = 30.0


class Disk:
    """The server, and whether it has room. `mounted`: None where nothing may be mounted."""

    def __init__(self, stack: LocalStack, mounted: Path | None) -> None:
        self.stack, self._mounted = stack, mounted

    @property
    def url(self) -> str:
        """Of the database, which has all migrations."""
        return self.stack.postgres.address

    def fill(self) -> None:
        """From now on nothing that needs more room can be stored."""
        if not self._mounted:
            asyncio.run(self._execute(_REFUSE))
            return
        with (self._mounted / "ballast").open("wb", buffering=0) as ballast:
            room = os.statvfs(self._mounted)
            os.posix_fallocate(ballast.fileno(), 0, room.f_bavail * room.f_bsize - LEFT_BYTES)

    def use_up(self) -> None:
        """With the log's disk full: uses what room the log has in its files, until the server ends itself."""
        if not self._mounted:
            return
        process, until = self.stack.running["postgres"].process, time.monotonic() + _ENDS_WITHIN_S
        while process.poll() is None:
            assert time.monotonic() < until, "the server goes on without a log"
            try:
                asyncio.run(self._execute(_SWITCH))
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                time.sleep(_AGAIN_S)

    def free(self) -> None:
        """There is room again; the server is started where it has ended."""
        if not self._mounted:
            asyncio.run(self._execute(_TAKE))
            return
        (self._mounted / "ballast").unlink()
        if self.stack.running["postgres"].process.poll() is not None:
            self.stack.launch("postgres").wait_ready()

    def said(self, text: str) -> bool:
        """Whether the server's log has it."""
        return not self._mounted or text in self.stack.running["postgres"].log.read_text()

    async def _execute(self, statement: str) -> None:
        db = await asyncpg.connect(self.url, timeout=10.0)
        try:
            await db.execute(statement)
        finally:
            await db.close(timeout=10.0)


@contextmanager
def small_disk(var: Path, what: str) -> Iterator[Disk]:
    """A server below `var`, its `data` (all of it) or its `wal` on a file system of SIZES_MB."""
    stack = LocalStack.at(var, JARS)
    home = stack.postgres.home
    place = home if what == "data" else home / "log-disk"
    place.mkdir(parents=True)
    mounted = place if _mount(place, SIZES_MB[what]) else None
    try:
        if mounted and what == "wal":
            _move_log(stack, place)
        stack.launch("postgres").wait_ready()
        migrations.upgrade(stack.postgres.address)
        yield Disk(stack, mounted)
    finally:
        stack.stop()
        if mounted:
            subprocess.run(("umount", place), check=True)


def _mount(place: Path, size_mb: int) -> bool:
    options = f"size={size_mb}m,mode=755"
    mount = ("mount", "-t", "tmpfs", "-o", options, "tmpfs", place)
    return subprocess.run(mount, capture_output=True, check=False).returncode == 0


def _move_log(stack: LocalStack, place: Path) -> None:
    """As `initdb --waldir` has it."""
    stack.postgres.prepare()
    old = stack.postgres.home / "data" / "pg_wal"
    new = place / "pg_wal"
    subprocess.run(("cp", "-a", old, new), check=True)
    subprocess.run(("rm", "-r", old), check=True)
    old.symlink_to(new)
