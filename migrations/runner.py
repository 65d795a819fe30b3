"""Brings a database to the newest revision.

Alembic writes the script and asyncpg runs it, so no second, blocking driver is needed. Hence a revision
can't read the database from Python; what it must decide, it decides in SQL.
"""

import asyncio
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

_LOCK = 4_871_002_113
"""The advisory lock that keeps two set-ups apart; any number that nothing else uses."""


def upgrade(database_url: str) -> None:
    """Applies what is missing, all of it or nothing. Raises asyncpg's errors.

    May be called beside a running event loop (which it blocks) as well as without one.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="migrations") as thread:
        thread.submit(lambda: asyncio.run(_upgrade(database_url))).result()


async def _upgrade(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            if script := script_from(await revision_of(connection)):
                await connection.execute(script)
    finally:
        await connection.close()


async def revision_of(connection: asyncpg.Connection) -> str | None:
    """The revision the database stands at; None where it is empty."""
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    return revision


def newest() -> str:
    """The revision that this release leads to."""
    head = _scripts(Config()).get_current_head()
    assert head
    return head


def knows(revision: str) -> bool:
    """Whether this release has that revision; a newer one's it has not."""
    return any(one.revision == revision for one in _scripts(Config()).walk_revisions())


def script_from(revision: str | None) -> str:
    """The SQL that leads from `revision` (None: an empty database) to the newest one; empty at the newest."""
    return _script(revision, "head", ScriptDirectory._upgrade_revs)


def script_back(revision: str, to: str) -> str:
    """The SQL that leads from `revision` back to the older one `to`."""
    return _script(revision, to, ScriptDirectory._downgrade_revs)


def _script(revision: str | None, to: str, steps: Callable[..., Any]) -> str:
    config = Config()
    scripts = _scripts(config)
    text = io.StringIO()
    with EnvironmentContext(
        config,
        scripts,
        fn=lambda current, _: steps(scripts, to, current or revision),
        as_sql=True,
        starting_rev=revision,
        destination_rev=to,
    ) as environment:
        environment.configure(dialect_name="postgresql", output_buffer=text)
        environment.run_migrations()
    return text.getvalue()


def _scripts(config: Config) -> ScriptDirectory:
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)
