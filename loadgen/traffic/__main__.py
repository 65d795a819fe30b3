"""python -m loadgen.traffic: steady traffic against a running platform."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import click
import uvloop
from rich.console import Console

from loadgen.agents import Seat
from loadgen.platform import configured_agents, gateway_option, queue_option, require_gateway
from loadgen.table import calls_table
from loadgen.times import Duration
from loadgen.traffic import Load, Report, Traffic

console = Console(stderr=True)


def _handling(context: click.Context, parameter: click.Parameter, given: str) -> Duration:
    try:
        return Duration.parse(given)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


_EPILOG = """\b
Example:
  python -m loadgen.traffic --contacts 50 --rate 200 --seconds 10
"""


@click.command(context_settings={"show_default": True, "max_content_width": 100}, epilog=_EPILOG)
@gateway_option
@queue_option
@click.option("--contacts", type=click.IntRange(1), default=200, help="Least number of live contacts.")
@click.option(
    "--rate",
    type=click.FloatRange(0.1),
    default=1000.0,
    help="Commands a second, customers' and agents' together.",
)
@click.option("--agents", type=click.IntRange(1), default=20, help="Simulated agents.")
@click.option(
    "--seconds",
    type=click.FloatRange(0, min_open=True),
    default=30.0,
    help="How long; Ctrl-C ends it early.",
)
@click.option("--seed", default=1, help="Same seed, same choices.")
@click.option(
    "--life-s",
    type=click.FloatRange(0, min_open=True),
    default=10.0,
    help="A contact's life unless an agent completes it before.",
)
@click.option("--handling", callback=_handling, default="lognormal:2:0.5", help="Agents' time for a contact.")
@click.option(
    "--journal", type=click.Path(path_type=Path, dir_okay=False), help="File for what was answered 200."
)
def main(
    gateway: str,
    contacts: int,
    rate: float,
    agents: int,
    seconds: float,
    seed: int,
    queue: str,
    life_s: float,
    handling: Duration,
    journal: Path | None,
) -> None:
    """Keep contacts live and commands flowing, whatever fails, then end all and print the figures.

    The platform is found by the same variables as `aicc-run` uses. The last line is one JSON object.

    Exit status: 0 no contradiction seen and all drained; 1 otherwise, or the platform does not answer;
    2 wrong usage or settings.
    """
    secret, chosen = configured_agents(queue)
    require_gateway(gateway)
    load = Load(
        gateway=gateway,
        contacts=contacts,
        rate=rate,
        seconds=seconds,
        seed=seed,
        queue=queue,
        life_s=life_s,
        handling=handling,
        journal=journal,
    )
    report = uvloop.run(_run(load, secret, chosen[:agents]))
    console.print(calls_table(report.calls))
    print(json.dumps(summary(report)))
    sys.exit(0 if report.drained and not report.breaches else 1)


async def _run(load: Load, secret: str, chosen: list[Seat]) -> Report:
    traffic = Traffic(load, secret, chosen)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, traffic.stop)
    with console.status("flowing") as status:

        async def show() -> None:
            while True:
                now = traffic.now
                status.update(f"{now.live} live contacts, {now.per_s:,.0f} commands/s")
                await asyncio.sleep(0.5)

        showing = asyncio.create_task(show())
        try:
            return await traffic.run()
        finally:
            showing.cancel()


def summary(report: Report) -> dict[str, object]:
    """The report's figures by name."""
    return {
        "per_s": round(report.per_s, 1),
        "least_live": report.least_live,
        "contacts": len(report.journal.entries),
        "cpu": round(report.cpu, 3),
        "errors": report.calls.errors,
        "shed": report.calls.total("shed"),
        "breaches": len(report.breaches),
        "drained": report.drained,
        "agents": dict(sorted(report.agents.items())),
        "customers": dict(sorted(report.customers.items())),
    }


if __name__ == "__main__":
    main()
