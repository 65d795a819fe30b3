"""aicc-rebuild: Redis or Postgres from Kafka's log."""

import asyncio

import asyncpg
import click
from redis.exceptions import RedisError

from infra.database.connection import CareError
from infra.database.rebuild import rebuild_postgres, rebuild_redis
from runtime.reach import reaching, reaching_kafka
from runtime.settings import read_settings
from workers.settings import WorkerSettings


def _say(text: str) -> None:
    click.echo(text, err=True)


@click.group()
def main() -> None:
    """Makes what is read from the log anew, as far as Kafka keeps it (7 days); docs/backups.md.

    The platform may work meanwhile. Who was erased stays erased.

    \b
    Exit status:
      0  done
      1  it can't be done now, or a server does not answer
      2  wrong usage or settings

    \b
    Examples:
      aicc-rebuild redis
      aicc-rebuild postgres --into postgresql://aicc@127.0.0.1:5433/fresh
    """


@main.command(epilog="Example:  aicc-rebuild redis")
def redis() -> None:
    """Deletes the feeds in Redis (REDIS_URL) and fills them from the log's beginning.

    Sockets that are open hear what comes; who connects before it is done may miss older entries until then.
    """
    settings = read_settings(WorkerSettings)
    with (
        reaching_kafka(settings.kafka_bootstrap),
        reaching("Redis", settings.redis_url, "REDIS_URL or AICC_REDIS_PORT", RedisError),
    ):
        try:
            click.echo(f"{asyncio.run(rebuild_redis(settings, _say)):,} records read again")
        except CareError as error:
            raise click.ClickException(str(error)) from error


@main.command(epilog="Example:  aicc-rebuild postgres --into postgresql://aicc@127.0.0.1:5433/fresh")
@click.option("--into", required=True, help="An empty database; it gets its tables from here.")
def postgres(into: str) -> None:
    """Fills an empty database from the log, beside the one in use; then DATABASE_URL can name it.

    What is older than the log is in the database in use alone, or in its backup (`aicc-db restore`).
    AICC_ERASURE_KEY has to be the gateways' and persisters'.
    """
    settings = read_settings(WorkerSettings)
    with (
        reaching_kafka(settings.kafka_bootstrap),
        reaching("PostgreSQL", into, "--into", asyncpg.PostgresError),
    ):
        try:
            click.echo(f"{asyncio.run(rebuild_postgres(settings, into, _say)):,} records read")
        except CareError as error:
            raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
