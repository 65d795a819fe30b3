"""aicc-db backup, archive, bases and restore."""

from datetime import UTC, datetime
from pathlib import Path

import click

from infra.database import backup as backups
from infra.database.connection import CareError
from infra.stack.errors import StackError
from infra.stack.ports import free_port
from runtime.settings import Settings, read_settings

_DIRECTORY = click.option(
    "--directory", type=click.Path(path_type=Path, file_okay=False), required=True, help="Where backups lie."
)


def _say(text: str) -> None:
    click.echo(text, err=True)


@click.command(epilog="Example:  aicc-db backup --directory /srv/backup")
@_DIRECTORY
def backup(directory: Path) -> None:
    """Copies the whole cluster while it works. `aicc-db archive` has to run beside it, always: only with
    what it writes can the copy be brought to a moment after it (docs/backups.md)."""
    try:
        click.echo(backups.backup(read_settings(Settings).database_url, directory.resolve(), _say))
    except (CareError, StackError) as error:
        raise click.ClickException(str(error)) from error


@click.command(epilog="Example:  aicc-db archive --directory /srv/backup")
@_DIRECTORY
def archive(directory: Path) -> None:
    """Keeps every change of the cluster, as it is made, until it is ended (pg_receivewal, slot aicc_backup).

    Run it as a service. What it misses while it is away the server keeps for it, up to
    max_slot_wal_keep_size.
    """
    try:
        backups.archive(read_settings(Settings).database_url, directory.resolve(), _say)
    except KeyboardInterrupt:
        _say("ended")
    except (CareError, StackError) as error:
        raise click.ClickException(str(error)) from error


@click.command(
    epilog="Example:  aicc-db restore --directory /srv/backup --to 2030-01-01T04:00Z --into /srv/pg"
)
@_DIRECTORY
@click.option("--to", required=True, help="The moment, with its zone: 2030-01-01T04:00Z.")
@click.option(
    "--into", type=click.Path(path_type=Path, file_okay=False), required=True, help="A directory for `data`."
)
@click.option("--port", type=click.IntRange(1, 65_535), help="For the recovery; a free one if not given.")
def restore(directory: Path, to: str, into: Path, port: int | None) -> None:
    """Makes a cluster as it was at a moment, in a directory of its own; the running one is not touched.

    Nothing of the restore stays in its settings. Workers that are pointed at it go on from the positions that
    are stored in it, and erase anew who was erased since (docs/backups.md).
    """
    try:
        moment = datetime.fromisoformat(to)
    except ValueError:
        raise click.UsageError(f"--to: {to!r} is no time such as 2030-01-01T04:00Z.") from None
    if moment.tzinfo is None:
        raise click.UsageError("--to: say in which zone, as 2030-01-01T04:00Z or …T04:00+09:00.")
    if moment > datetime.now(UTC):
        raise click.UsageError("--to: that moment is still to come.")
    try:
        click.echo(backups.restore(directory.resolve(), moment, into.resolve(), port or free_port(), _say))
    except (CareError, StackError, OSError) as error:
        raise click.ClickException(str(error)) from error
