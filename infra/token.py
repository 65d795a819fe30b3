"""aicc-token: makes agents' tokens."""

import asyncio
import time

import click

from gateway.directory import Directory
from gateway.secret import read_secret
from gateway.settings import GatewaySettings
from gateway.tokens import agent_claims, sign
from loadgen.agents.pools import read_pools
from runtime.reach import reaching_kafka
from runtime.settings import read_settings

_CONFIG_S = 15.0


@click.group()
def main() -> None:
    """Makes tokens for agents.

    Exit status: 0 done, 1 no such agent or Kafka does not answer, 2 wrong usage or settings.

    Example: aicc-token agent --agent agent-1
    """


@main.command(epilog="Example:  aicc-token agent --agent agent-1")
@click.option("--agent", "agent_id", required=True, help="The agent's id in the configuration.")
@click.option("--pool", "pool_name", default="", help="The agent's pool; looked up where not given.")
@click.option(
    "--hours",
    type=click.FloatRange(0, 24 * 366, min_open=True),
    default=12.0,
    show_default=True,
    help="How long the token is valid.",
)
def agent(agent_id: str, pool_name: str, hours: float) -> None:
    """Prints a token for /ws/agent?token=…, and for agents' calls in the header Authorization: Bearer …

    The pool and its partition are looked up in the topic `config` of KAFKA_BOOTSTRAP, or of the local Kafka
    at AICC_KAFKA_PORT; it is signed with AICC_JWT_SECRET or the local platform's own secret under AICC_VAR.
    """
    settings = read_settings(GatewaySettings)
    with reaching_kafka(settings.kafka_bootstrap):
        pools = asyncio.run(asyncio.wait_for(read_pools(settings.kafka_bootstrap), _CONFIG_S))
    directory = Directory()
    for configured in pools:
        directory.put(configured)
    pool = directory.pool(pool_name) if pool_name else directory.pool_of(agent_id)
    if pool is None:
        what = f"pool {pool_name!r}" if pool_name else f"agent {agent_id!r}"
        raise click.ClickException(f"There is no {what} in the configuration. `aicc-config` puts it there.")
    click.echo(sign(agent_claims(agent_id, pool, int(time.time()), hours), read_secret(settings)))
