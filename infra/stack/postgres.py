"""PostgreSQL: Debian's binaries on a cluster of the project's own."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from infra.stack.errors import START_ANEW, BrokenData, MissingPart
from infra.stack.part import Command, Port
from infra.stack.ports import LOOPBACK
from infra.stack.unprivileged import Unprivileged, choose

USER = "aicc"
_LIB = Path(os.sep, "usr", "lib", "postgresql")


@dataclass(frozen=True, slots=True)
class Postgres:
    home: Path
    port: int = 5433
    database: str = "aicc"

    name = "postgres"
    variable = "DATABASE_URL"

    @property
    def address(self) -> str:
        return self.url(self.database)

    def url(self, database: str) -> str:
        return f"postgresql://{USER}@{LOOPBACK}:{self.port}/{database}"

    @property
    def ports(self) -> tuple[Port, ...]:
        return (Port(self.port, "AICC_POSTGRES_PORT"),)

    def prepare(self) -> None:
        binaries, who = find_binaries(), choose(self.home)
        data = who.data
        if not data.exists():
            self._initialise(binaries, who)
        elif not (data / "global" / "pg_control").exists():
            raise BrokenData(f"{data} is not a complete PostgreSQL cluster. {START_ANEW}")
        else:
            _require_same_version(data, binaries)
        (data / "postgresql.conf").write_text(self._settings() + self._more(data))
        who.own(data / "postgresql.conf")

    def command(self) -> Command:
        who = choose(self.home)
        return Command((*who.prefix, str(find_binaries() / "postgres"), "-D", str(who.data)), cwd=who.data)

    def answers(self) -> bool:
        try:
            return asyncio.run(_select_1(self.address))
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False

    def _initialise(self, binaries: Path, who: Unprivileged) -> None:
        """Makes the cluster under another name first: whoever is killed here leaves nothing half done."""
        fresh = who.data.with_name(who.data.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        who.make(fresh)
        options = ("--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust", "--no-instructions")
        _run((*who.prefix, str(binaries / "initdb"), "-D", str(fresh), "-U", USER, *options), fresh)
        single = (*who.prefix, str(binaries / "postgres"), "--single", "-D", str(fresh), "postgres")
        _run(single, fresh, f"CREATE DATABASE {self.database}\n")
        fresh.rename(who.data)

    def _more(self, data: Path) -> str:
        """Further settings of a cluster in `data`."""
        return ""

    def _settings(self) -> str:
        return f"""# Written by infra/stack/postgres.py at each start.
listen_addresses = '{LOOPBACK}'
port = {self.port}
unix_socket_directories = ''
max_connections = 200
shared_buffers = 128MB
dynamic_shared_memory_type = posix
fsync = on
synchronous_commit = on
full_page_writes = on
max_wal_size = 1GB
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
default_text_search_config = 'pg_catalog.simple'
shared_preload_libraries = '{_preloaded(find_binaries())}'
logging_collector = off
log_line_prefix = '%m [%p] '
"""


def find_binaries() -> Path:
    """The newest installed server; Debian keeps them by major version, outside PATH."""
    found = [path.parent for path in _LIB.glob("*/bin/postgres") if (path.parent / "initdb").exists()]
    on_path = shutil.which("initdb")
    if found:
        return max(found, key=lambda path: float(path.parent.name))
    if on_path:
        return Path(on_path).resolve().parent
    raise MissingPart("PostgreSQL's server is not installed. `make setup` installs it.")


def _preloaded(binaries: Path) -> str:
    """What counts statements, where it is installed: without it only `aicc-db report` knows less."""
    libraries = (
        binaries.parent / "lib" / "pg_stat_statements.so",
        *binaries.parent.glob("lib/postgresql/pg_stat_statements.so"),
    )
    return "pg_stat_statements" if any(library.exists() for library in libraries) else ""


def _require_same_version(data: Path, binaries: Path) -> None:
    made_by = (data / "PG_VERSION").read_text().strip()
    said = subprocess.run((binaries / "postgres", "--version"), stdout=subprocess.PIPE, text=True, check=True)
    installed = said.stdout.split()[2].split(".")[0]
    if made_by != installed:
        raise BrokenData(
            f"{data} was made by PostgreSQL {made_by}, but {installed} is installed. "
            f"Install that version again. {START_ANEW}"
        )


def _run(argv: tuple[str, ...], cwd: Path, given: str | None = None) -> None:
    done = subprocess.run(argv, cwd=cwd, input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BrokenData(f"`{' '.join(argv)}` failed: {(done.stderr or done.stdout).strip()}")


async def _select_1(url: str) -> bool:
    connection = await asyncpg.connect(url, timeout=2.0)
    try:
        return bool(await connection.fetchval("SELECT 1") == 1)
    finally:
        await connection.close(timeout=2.0)
