"""aicc-token: makes tokens for agents, supervisors, admins and customers."""

import asyncio
import time

import click

from gateway.directory import Directory
from gateway.security.identity import passes_of
from gateway.security.keys import UnfitKey
from gateway.security.secret import read_key
from gateway.security.tokens import Claims, Role, agent_claims, sign, staff_claims
from gateway.settings import GatewaySettings
from loadgen.agents.pools import read_pools
from runtime.reach import reaching_kafka
from runtime.settings import read_settings
from schemas.config import PoolConfig

_CONFIG_S = 15.0

hours_option = click.option(
    "--hours",
    type=click.FloatRange(0, 24 * 366, min_open=True),
    default=12.0,
    show_default=True,
    help="How long the token is valid.",
)


@click.group()
def main() -> None:
    """Makes tokens, signed with the key in the file AICC_JWT_KEY, or the local platform's own under AICC_VAR.

    Exit status: 0 done, 1 no such agent, no fit key, or Kafka does not answer, 2 wrong usage or settings.

    Example: aicc-token agent --agent agent-1
    """


@main.command(epilog="Example:  aicc-token agent --agent agent-1")
@click.option("--agent", "agent_id", required=True, help="The agent's id in the configuration.")
@click.option("--pool", "pool_name", default="", help="The agent's pool; looked up where not given.")
@hours_option
def agent(agent_id: str, pool_name: str, hours: float) -> None:
    """Prints a token for /ws/agent?token=…, and for agents' calls in the header Authorization: Bearer …

    The pool and its partition are looked up in the topic `config` of KAFKA_BOOTSTRAP, or of the local Kafka
    at AICC_KAFKA_PORT.
    """
    settings = read_settings(GatewaySettings)
    pool = _pool_of(settings, agent_id, pool_name)
    _print(settings, agent_claims(agent_id, pool, int(time.time()), hours))


name_option = click.option("--name", required=True, help="Who it is, as the audit says it.")
pool_option = click.option("--pool", default="", help="The one pool that it is for; all where not given.")


@main.command(epilog="Example:  aicc-token supervisor --name sue --pool demo")
@name_option
@pool_option
@hours_option
def supervisor(name: str, pool: str, hours: float) -> None:
    """Prints a token for /supervisor/… and /routing/explain."""
    _print(read_settings(GatewaySettings), staff_claims(name, Role.SUPERVISOR, pool, int(time.time()), hours))


@main.command(epilog="Example:  aicc-token admin --name kim")
@name_option
@hours_option
def admin(name: str, hours: float) -> None:
    """Prints a token for /admin/…, and for all that supervisors may do."""
    _print(read_settings(GatewaySettings), staff_claims(name, Role.ADMIN, "", int(time.time()), hours))


@main.command(epilog="Example:  aicc-token customer --session 01a2055a-d5d5-7000-b4aa-0a3131bb4d40")
@click.option("--session", "session_id", required=True, help="The session's id.")
def customer(session_id: str) -> None:
    """Prints the token of a session's customer, the one that /chat/start has answered.

    It is made with AICC_SECRET or the local platform's own, and valid for AICC_CUSTOMER_TOKEN_S seconds from
    the session's beginning."""
    settings = read_settings(GatewaySettings)
    try:
        click.echo(passes_of(settings).of(session_id))
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _print(settings: GatewaySettings, claims: Claims) -> None:
    if settings.jwks_url or settings.oidc_issuer:
        raise click.ClickException("Tokens come from the issuer in the settings: ask that for one.")
    try:
        click.echo(sign(claims, read_key(settings), settings.jwt_issuer, settings.jwt_audience))
    except (UnfitKey, OSError) as error:
        raise click.ClickException(f"The key can't sign: {error}") from error


def _pool_of(settings: GatewaySettings, agent_id: str, pool_name: str) -> PoolConfig:
    with reaching_kafka(settings.kafka_bootstrap):
        pools = asyncio.run(asyncio.wait_for(read_pools(settings.kafka_bootstrap), _CONFIG_S))
    directory = Directory()
    for configured in pools:
        directory.put(configured)
    pool = directory.pool(pool_name) if pool_name else directory.pool_of(agent_id)
    if pool is None:
        what = f"pool {pool_name!r}" if pool_name else f"agent {agent_id!r}"
        raise click.ClickException(f"There is no {what} in the configuration. `aicc-config` puts it there.")
    return pool
