"""`aicc-loadgen purge`: a run's contacts taken out of Postgres again."""

import asyncio
import sys
from datetime import datetime
from pathlib import Path

import asyncpg
import click

from loadgen.command.options import console
from loadgen.purging import Purged, Told, purge
from loadgen.results.reading import Unreadable, read_meta
from loadgen.results.runs import NoSuchRun, found, is_run_id, runs_directory
from loadgen.settings import LoadSettings
from runtime.reach import reaching
from runtime.settings import read_settings

_CONNECT_S = 5.0


@click.command("purge")
@click.argument("run")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Where runs are kept.")
def purge_command(run: str, out: Path | None) -> None:
    """Delete what the contacts of RUN (an id, or latest) left in the database at DATABASE_URL.

    Only synthetic contacts that have ended go, with their messages and customers. The run's results stay. A
    whole id may be given of a run that is kept elsewhere.

    \b
    Example:
      aicc-loadgen purge latest

    \b
    Exit status: 0 all is gone; 1 some have not ended yet, or Postgres does not answer; 2 wrong usage.
    """
    name, begun = _run(run, out or runs_directory())
    url = read_settings(LoadSettings).database_url
    with (
        console.status("purging") as status,
        reaching("PostgreSQL", url, "DATABASE_URL or AICC_POSTGRES_PORT", asyncpg.PostgresError),
    ):

        def told(so_far: Purged) -> None:
            status.update(f"{so_far.contacts:,} contacts, {so_far.messages:,} messages")

        gone = asyncio.run(_purge(url, name, begun, told))
    deleted = f"{gone.contacts:,} contacts, {gone.messages:,} messages, {gone.customers:,} customers"
    console.print(f"{name}: {deleted} deleted", highlight=False)
    if gone.open:
        console.print(f"{gone.open:,} contacts have not ended yet: purge again later", highlight=False)
        sys.exit(1)


def _run(name: str, runs: Path) -> tuple[str, datetime | None]:
    """Its whole id, and when it began where that is known."""
    try:
        meta = read_meta(found(name, runs))
    except (NoSuchRun, Unreadable) as error:
        if is_run_id(name):
            return name, None
        raise click.UsageError(str(error)) from error
    return meta.run, datetime.fromisoformat(meta.began_at)


async def _purge(url: str, run: str, begun: datetime | None, told: Told) -> Purged:
    db = await asyncpg.connect(url, timeout=_CONNECT_S, server_settings={"application_name": "aicc-loadgen"})
    try:
        return await purge(db, run, begun, told=told)
    finally:
        await db.close()
