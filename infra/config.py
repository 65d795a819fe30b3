"""aicc-config: pools, queues, agents, skills and hours from a YAML file, checked whole and then published."""

import asyncio
import getpass
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import asyncpg
import click

from infra import config_log, config_publish
from infra.config_file import read_file, to_yaml
from runtime.reach import reaching, reaching_kafka
from runtime.settings import Settings, read_settings
from schemas.config import ConfigError
from schemas.config_change import MAX_AUTHOR, Step

T = TypeVar("T")
DIFFERS = 3
_FILE = click.argument("file", type=click.Path(path_type=Path))


def login_name() -> str:
    """Who calls the command; "unknown" for a user without a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _author(_: click.Context, __: click.Parameter, value: str) -> str:
    if not 1 <= len(value) <= MAX_AUTHOR or not value.isprintable():
        raise click.BadParameter(f"must be 1 to {MAX_AUTHOR} printable characters")
    return value


author_option = click.option(
    "--author",
    default=login_name,
    show_default="the login name",
    callback=_author,
    help="Who is said to change it.",
)


@click.group()
def main() -> None:
    """Pools, queues, agents, skills and hours from a YAML file (docs/configuration.md).

    \b
    Exit status:
      0  done
      1  the file is refused, or a server does not answer
      2  wrong usage or settings
      3  diff: the file differs from what is published

    \b
    Examples:
      aicc-config validate infra/demo.yaml
      aicc-config diff infra/demo.yaml
      aicc-config apply infra/demo.yaml --author kim
      aicc-config export --pool demo > demo.yaml
      aicc-config log --pool demo
    """


@main.command(epilog="Example:  aicc-config validate infra/demo.yaml")
@_FILE
def validate(file: Path) -> None:
    """Says what is wrong with FILE by itself, publishes nothing and asks no server."""
    _or_exit(lambda: read_file(file))
    click.echo(f"{file}: fine")


@main.command(epilog="Example:  aicc-config diff infra/demo.yaml && echo the same")
@_FILE
def diff(file: Path) -> None:
    """Says what `apply` would change, and whether it would be refused.

    The exit status is 0 where FILE is what is published, 3 where it differs.
    """
    steps = _planned(file)
    _say(steps)
    if steps:
        raise SystemExit(DIFFERS)
    click.echo(f"{file}: as published")


@main.command(epilog="Example:  AICC_KAFKA_PORT=19092 aicc-config apply infra/demo.yaml --author kim")
@_FILE
@click.option("--dry-run", is_flag=True, help="Check and say what would change, publish nothing.")
@click.option("--anew", is_flag=True, help="Publish what is unchanged, too: hours by today's zone rules.")
@author_option
def apply(file: Path, dry_run: bool, anew: bool, author: str) -> None:
    """Publishes FILE, if it is right as a whole, to KAFKA_BOOTSTRAP or the local Kafka at AICC_KAFKA_PORT.

    Pools that FILE does not name stay as they are; what is published already is not published again.
    """
    steps = _planned(file, anew=anew)
    _say(steps)
    if not steps:
        click.echo(f"{file}: nothing to change")
    elif dry_run:
        click.echo(f"{file}: nothing was published")
    else:
        bootstrap = read_settings(Settings).kafka_bootstrap
        with reaching_kafka(bootstrap):
            _or_exit(lambda: asyncio.run(config_publish.publish(bootstrap, steps, author)))
        for step in steps:
            pool = step.config
            counts = f"{len(pool.queues)} queues, {len(pool.agents)} agents"
            click.echo(f"{pool.pool}: {counts}, version {pool.version}")


@main.command(epilog="Example:  aicc-config export --pool demo > demo.yaml")
@click.option("--pool", default="", help="This pool only.")
def export(pool: str) -> None:
    """Prints what is published as a file that `apply` takes."""
    bootstrap = read_settings(Settings).kafka_bootstrap
    with reaching_kafka(bootstrap):
        found = asyncio.run(config_publish.published(bootstrap))
    if pool and pool not in found:
        raise click.ClickException(f"There is no pool {pool!r} in the configuration.")
    click.echo(to_yaml([found[pool]] if pool else found.values()), nl=False)


@main.command(epilog="Example:  aicc-config log --pool demo --limit 5")
@click.option("--pool", default="", help="This pool only.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many.")
def log(pool: str, limit: int) -> None:
    """Prints who changed what, newest first, as stored at DATABASE_URL or the local PostgreSQL."""
    database = read_settings(Settings).database_url
    with reaching("PostgreSQL", database, "DATABASE_URL or AICC_POSTGRES_PORT", asyncpg.PostgresError):
        entries = asyncio.run(config_log.newest(database, pool, limit))
    for entry in entries:
        click.echo("\n".join(entry.lines()))


def _planned(file: Path, *, anew: bool = False) -> list[Step]:
    configuration = _or_exit(lambda: read_file(file))
    bootstrap = read_settings(Settings).kafka_bootstrap
    with reaching_kafka(bootstrap):
        return _or_exit(lambda: asyncio.run(config_publish.planned(bootstrap, configuration, anew=anew)))


def _say(steps: Iterable[Step]) -> None:
    for step in steps:
        for change in step.changes:
            click.echo(str(change))


def _or_exit(work: Callable[[], T]) -> T:
    try:
        return work()
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
