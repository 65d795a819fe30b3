"""`aicc-kafka`: who may do what in the cluster, users, and new certificates for brokers that run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TextIO

import click
from aiokafka.admin import AIOKafkaAdminClient

from infra.kafka.acls import Right, rights, users
from infra.kafka.users import grant, known_rights, revoke, set_password, show_certificate
from runtime.kafka import client_options
from runtime.reach import reaching_kafka
from runtime.settings import Settings, read_settings

_EPILOG = """\b
Examples, with AICC_KAFKA_SECURITY, _CA, _USER and _PASSWORD_FILE of an administrator:
  aicc-kafka rights
  aicc-kafka apply
  aicc-kafka user aicc-routing --password-file routing.password
  aicc-kafka reload --listener clients --keystore /etc/kafka/broker.pem

\b
Exit status:
  0  done
  1  refused, or Kafka does not answer
  2  wrong usage or settings
"""


@click.group(epilog=_EPILOG)
def main() -> None:
    """Users of the cluster, their rights, and the brokers' certificates."""


@main.command("rights")
def show() -> None:
    """The table of rights, one a line. Asks no server."""
    for right in rights():
        click.echo(_line(right))


@main.command("apply")
@click.option("--revoke", "revoking", is_flag=True, help="Also take what the table does not have.")
def apply_(revoking: bool) -> None:
    """Give each service its rights. What its user has beyond them is said, and left without --revoke."""
    asyncio.run(_as_admin(lambda admin: apply_rights(admin, revoking, click.echo)))
    click.echo("done")


@main.command()
@click.argument("name")
@click.option("--password-file", type=click.File(), required=True, help="Its first line; - is stdin.")
def user(name: str, password_file: TextIO) -> None:
    """Make the user NAME of a service, or give it another password."""
    password = password_file.readline().strip()
    if not password:
        raise click.UsageError("the password is empty")
    asyncio.run(_as_admin(lambda admin: set_password(admin, name, password)))
    click.echo(f"{name} has its password{'' if name in users() else '; the table has no right for it'}")


@main.command()
@click.option("--listener", required=True, help="The listener's name, as in the broker's settings.")
@click.option("--keystore", required=True, help="PEM with key and certificate, where it lies at the broker.")
@click.option("--truststore", default="", help="PEM of who is trusted, if that is new, too.")
def reload(listener: str, keystore: str, truststore: str) -> None:
    """Have every broker show its new certificate, one after the other. No connection ends."""

    async def run(admin: AIOKafkaAdminClient) -> None:
        brokers = sorted(one["node_id"] for one in (await admin.describe_cluster())["brokers"])
        for done, broker in enumerate(brokers, 1):
            await show_certificate(admin, broker, listener, keystore, truststore)
            click.echo(f"{done} of {len(brokers)}: broker {broker} has read {keystore}")

    asyncio.run(_as_admin(run))


async def apply_rights(admin: AIOKafkaAdminClient, revoking: bool, say: Callable[[str], None]) -> None:
    """Raises KafkaError."""
    wanted = set(rights())
    known = await known_rights(admin, users())
    for right in sorted(wanted - known):
        await grant(admin, right)
    say(f"{len(wanted - known)} rights given, {len(wanted & known)} were there")
    for right in sorted(known - wanted):
        if revoking:
            await revoke(admin, right)
        say(f"{'taken' if revoking else 'not in the table, --revoke takes it'}: {_line(right)}")


async def _as_admin(run: Callable[[AIOKafkaAdminClient], Awaitable[None]]) -> None:
    settings = read_settings(Settings)
    with reaching_kafka(settings.kafka_bootstrap):
        admin = AIOKafkaAdminClient(**client_options(settings.kafka_bootstrap, settings))
        try:
            await admin.start()
            await run(admin)
        finally:
            await admin.close()


def _line(right: Right) -> str:
    return f"{right.user:20} {right.operation.name.lower():9} {right.resource.name.lower():6} {right.name}"


if __name__ == "__main__":
    main()
