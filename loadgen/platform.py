"""The running platform as the load commands meet it: its gateway, its agents and their secret."""

import asyncio

import click

from loadgen.agents import Seat, seats
from loadgen.agents.pools import read_pools
from loadgen.engine import Client
from loadgen.engine.address import Address
from loadgen.settings import LoadSettings
from runtime.reach import reaching, reaching_kafka
from runtime.settings import SettingsError, read_settings

_GATEWAY_S = 5.0
_KAFKA_S = 15.0


def _address(context: click.Context, parameter: click.Parameter, given: str | None) -> str:
    url = given or f"http://127.0.0.1:{read_settings(LoadSettings).gateway_port}"
    try:
        Address.of(url)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
    return url


gateway_option = click.option(
    "--gateway",
    callback=_address,
    show_default="http://127.0.0.1 at AICC_GATEWAY_PORT or 8080",
    help="The gateway's address.",
)
queue_option = click.option("--queue", default="support", show_default=True, help="The queue to use.")


def configured_agents(queue: str, *, synthetic: bool = False) -> tuple[str, list[Seat]]:
    """The secret and the agents of `queue`, those of synthetic contacts or the real ones. Ends the command
    where Kafka or the agents are missing."""
    settings = read_settings(LoadSettings)
    with reaching_kafka(settings.kafka_bootstrap):
        pools = asyncio.run(asyncio.wait_for(read_pools(settings.kafka_bootstrap), _KAFKA_S))
    found = seats(pools, queue, synthetic)
    if not found:
        raise click.UsageError(
            f"No {'synthetic ' if synthetic else ''}agent is configured for the queue {queue!r}; "
            "`aicc-config apply` does it, infra/demo.yaml shows how."
        )
    try:
        return settings.secret(), found
    except SettingsError as error:
        raise click.UsageError(str(error)) from error


def require_gateway(gateway: str) -> None:
    """Ends the command where nobody answers at `gateway`."""
    with reaching("The gateway", gateway, "--gateway or AICC_GATEWAY_PORT"):
        asyncio.run(_ask(gateway))


async def _ask(gateway: str) -> None:
    async with Client(gateway, connections=1, timeout_s=_GATEWAY_S) as client:
        if failure := (await client.get("/health/live")).failure:
            raise ConnectionError(failure)
