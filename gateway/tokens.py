"""Agents' tokens: HS256 JWTs with sub, role, pool and partition; and the command that makes them."""

import asyncio
import time

import click
import jwt
import msgspec

from gateway.config_feed import read_config
from gateway.directory import Directory
from gateway.secret import read_secret
from gateway.settings import GatewaySettings
from runtime.settings import read_settings
from schemas.config import PoolConfig

_ALGORITHM = "HS256"
_CONFIG_S = 15.0
_HOUR_S = 3600


class BadToken(ValueError):
    """The token is not one of ours, or is over."""


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """Who the bearer is. `partition` is where the agent's pool lives; Unix seconds."""

    sub: str
    role: str
    pool: str
    partition: int
    iat: int
    exp: int


def sign(claims: Claims, secret: str) -> str:
    """The token."""
    return jwt.encode(msgspec.to_builtins(claims), secret, _ALGORITHM)


def read_token(token: str, secret: str) -> Claims:
    """The claims of a valid agent's token. Raises BadToken."""
    try:
        found = jwt.decode(token, secret, [_ALGORITHM], options={"require": ["exp", "sub"]})
        claims = msgspec.convert(found, Claims)
    except (jwt.InvalidTokenError, msgspec.ValidationError) as error:
        raise BadToken(str(error)) from error
    if claims.role != "agent" or not claims.sub or claims.partition < 0:
        raise BadToken("the token is no agent's")
    return claims


def agent_claims(agent_id: str, pool: PoolConfig, now_s: int, hours: float) -> Claims:
    """The claims of an agent of `pool` from `now_s` on."""
    until_s = now_s + round(hours * _HOUR_S)
    return Claims(
        sub=agent_id, role="agent", pool=pool.pool, partition=pool.partition, iat=now_s, exp=until_s
    )


@click.group()
def main() -> None:
    """Makes tokens for WebSocket clients."""


@main.command(epilog="Example: aicc-token agent --agent agent-1")
@click.option("--agent", "agent_id", required=True, help="The agent's id in the configuration.")
@click.option("--pool", "pool_name", default="", help="The agent's pool; looked up where not given.")
@click.option("--hours", default=12.0, show_default=True, help="How long the token is valid.")
def agent(agent_id: str, pool_name: str, hours: float) -> None:
    """Prints a token for /ws/agent?token=…

    The pool and its partition are looked up in the topic `config`.
    """
    settings = read_settings(GatewaySettings)
    directory = asyncio.run(_directory(settings.kafka_bootstrap))
    pool = directory.pool(pool_name) if pool_name else directory.pool_of(agent_id)
    if pool is None:
        what = f"pool {pool_name!r}" if pool_name else f"agent {agent_id!r}"
        raise click.ClickException(f"There is no {what} in the configuration. `aicc-config` puts it there.")
    click.echo(sign(agent_claims(agent_id, pool, int(time.time()), hours), read_secret(settings)))


async def _directory(bootstrap: str) -> Directory:
    directory = Directory()
    async with asyncio.timeout(_CONFIG_S):
        await read_config(bootstrap, directory, asyncio.Event(), follow=False)
    return directory
