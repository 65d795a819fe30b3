"""aicc-db: the care that the database needs beside what the services do by themselves."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import asyncpg
import click
from rich.console import Console
from rich.table import Table

from infra.database import erasing, images, moving, partitions, retention
from infra.database import report as reports
from infra.database.backup_command import archive, backup, restore
from infra.database.connection import TABLES, CareError, connected
from runtime.reach import reaching
from runtime.settings import Settings, read_settings

T = TypeVar("T")
_LOCK_MS = click.option(
    "--lock-ms",
    type=click.IntRange(10, 10_000),
    default=100,
    show_default=True,
    help="For how long writers may be held up at a time.",
)


@click.group()
def main() -> None:
    """Partitions, retention, statistics, backups of the database at DATABASE_URL, or of the local platform.

    \b
    Exit status:
      0  done
      1  it can't be done now, or the server does not answer
      2  wrong usage or settings

    \b
    Examples:
      aicc-db partitions
      aicc-db partitions move
      aicc-db retain --keep-months 13 --export /srv/archive --drop
      aicc-db erase-exports
      aicc-db report --html report.html
      aicc-db backup --directory /srv/backup
      aicc-db restore --directory /srv/backup --to 2030-01-01T04:00Z --into /srv/pg
    """


for _command in (backup, archive, restore):
    main.add_command(_command)


@main.group("partitions", invoke_without_command=True)
@click.pass_context
def partitions_(context: click.Context) -> None:
    """Lists the partitions of consultations and messages; `make` and `move` change them.

    \b
    Example:  aicc-db partitions
    """
    if context.invoked_subcommand is None:
        _show(_run(partitions.partitions))


@partitions_.command(epilog="Example:  aicc-db partitions make --ahead 6")
@click.option("--ahead", type=click.IntRange(0, 120), default=3, show_default=True, help="Months to come.")
def make(ahead: int) -> None:
    """Makes the partitions of this month (UTC) and of those to come, as the persister does daily."""
    made = _run(lambda db: partitions.make_ahead(db, ahead))
    click.echo("\n".join(made) if made else "nothing to make")


@partitions_.command(epilog="Example:  aicc-db partitions move --lock-ms 200")
@_LOCK_MS
def move(lock_ms: int) -> None:
    """Moves the rows of the default partitions into partitions of their months, while writers go on."""
    for parent in TABLES:
        moved = _run(lambda db, parent=parent: moving.move(db, parent, lock_ms, _say))  # type: ignore[misc]
        click.echo(f"{parent}: {moved} rows moved")


@main.command(epilog="Example:  aicc-db retain --keep-months 13 --export /srv/archive --drop")
@click.option("--keep-months", type=click.IntRange(1), required=True, help="Whole months before this one.")
@click.option("--export", type=click.Path(path_type=Path, file_okay=False), help="Write Parquet files there.")
@click.option("--drop", is_flag=True, help="Drop what is in a file that was checked.")
@click.option(
    "--unsent-h",
    type=click.IntRange(1),
    default=24,
    show_default=True,
    help="Delete images after so many hours that are of no message.",
)
@_LOCK_MS
def retain(keep_months: int, export: Path | None, drop: bool, unsent_h: int, lock_ms: int) -> None:
    """Takes older months out of the tables and keeps them in the schema `detached`, as files, or both.

    Then deletes images (AICC_ATTACHMENTS_URL) that were uploaded and never sent, and those of erased sessions
    and of months that are dropped.
    """
    if drop and not export:
        raise click.UsageError("--drop needs --export: nothing is dropped that is not in a file.")

    if export:
        export = export.resolve()
        export.mkdir(parents=True, exist_ok=True)

    async def work(db: asyncpg.Connection) -> int:
        names = await retention.detach(db, keep_months, lock_ms, _say)
        if export:
            await retention.export_kept(db, export, _say)
        if drop:
            key = read_settings(Settings).erasure_key
            await erasing.erase_exports(db, None, key, _say, dropped=False)
            await retention.drop_exported(db, _say)
        deleted = await images.delete_unsent(db, read_settings(Settings), timedelta(hours=unsent_h), _say)
        click.echo(f"{deleted} images deleted")
        return len(names)

    click.echo(f"{_run(work)} partitions detached")


@main.command("erase-exports", epilog="Example:  aicc-db erase-exports --directory /srv/archive")
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Where the files lie now, if not where they were written.",
)
def erase_exports(directory: Path | None) -> None:
    """Takes erased customers out of the Parquet files that `retain --export` wrote; safe to repeat.

    Where another host has files, run it there: it says which are missing. AICC_ERASURE_KEY has to be the
    gateways' and persisters'.
    """
    key = read_settings(Settings).erasure_key
    done = _run(lambda db: erasing.erase_exports(db, directory, key, _say))
    click.echo(f"{done.files} files cleared, {done.rows} rows erased")


@main.command(epilog="Example:  aicc-db report --html report.html")
@click.option(
    "--html", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write a page there, too."
)
@click.option("--json", "as_json", is_flag=True, help="Print it as one JSON object instead of tables.")
def report(file: Path | None, as_json: bool) -> None:
    """Shows what Postgres counts: indexes used, unused or missing, slow statements, locks, sizes."""
    sections, at = _run(reports.report), datetime.now(UTC)
    name = urlsplit(read_settings(Settings).database_url).path.lstrip("/")
    if as_json:
        click.echo(reports.to_json(sections, name, at))
    else:
        reports.print_report(sections, Console())
    if file:
        try:
            file.write_text(reports.to_html(sections, name, at))
        except OSError as error:
            raise click.ClickException(f"{file} can't be written: {error}") from error
        _say(f"{file} written")


def _run(work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    """Does it, or says in a sentence why not."""
    url = read_settings(Settings).database_url

    async def with_connection() -> T:
        async with connected(url) as db:
            return await work(db)

    with reaching("PostgreSQL", url, "DATABASE_URL or AICC_POSTGRES_PORT", asyncpg.PostgresError):
        try:
            return asyncio.run(with_connection())
        except CareError as error:
            raise click.ClickException(str(error)) from error


def _say(text: str) -> None:
    click.echo(text, err=True)


def _show(found: list[partitions.Partition]) -> None:
    table = Table("partition", "from", "until", "rows", "size")
    for one in found:
        bounds = [f"{bound:%Y-%m-%d}" if bound else "" for bound in (one.since, one.until)]
        table.add_row(one.name, *bounds, f"{one.rows:,}", f"{one.size / 1024:,.0f} kB")
    Console().print(table)
    for one in found:
        if one.since is None and one.rows:
            _say(f"{one.name} holds {one.rows} rows: `aicc-db partitions move` gives them their months.")


if __name__ == "__main__":
    main()
