"""python -m loadgen.traffic: steady traffic against a running platform."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import click
import uvloop
from rich.console import Console

from loadgen.agents import seats
from loadgen.agents.pools import Seat, read_pools
from loadgen.settings import LoadSettings
from loadgen.table import calls_table
from loadgen.times import Duration
from loadgen.traffic import Load, Report, Traffic
from runtime.settings import read_settings

console = Console(stderr=True)


@click.command(context_settings={"show_default": True})
@click.option("--gateway", default="http://127.0.0.1:8080", help="The gateway's address.")
@click.option("--contacts", default=200, help="Least number of live contacts.")
@click.option("--rate", default=1000.0, help="Commands a second, customers' and agents' together.")
@click.option("--agents", default=20, help="Simulated agents.")
@click.option("--seconds", default=30.0, help="How long; Ctrl-C ends it early.")
@click.option("--seed", default=1, help="Same seed, same choices.")
@click.option("--queue", default="support", help="The queue to use.")
@click.option("--life-s", default=10.0, help="A contact's life unless an agent completes it before.")
@click.option("--handling", default="lognormal:2:0.5", help="Agents' time for a contact.")
@click.option("--journal", type=click.Path(path_type=Path), help="File for what was answered 200.")
def main(
    gateway: str,
    contacts: int,
    rate: float,
    agents: int,
    seconds: float,
    seed: int,
    queue: str,
    life_s: float,
    handling: str,
    journal: Path | None,
) -> None:
    """Keep contacts live and commands flowing, whatever fails, then end all and print the figures.

    The last line is one JSON object. Exit status: 0 no contradiction seen and all drained, else 1.
    """
    settings = read_settings(LoadSettings)
    chosen = seats(asyncio.run(read_pools(settings.kafka_bootstrap)), queue)[:agents]
    load = Load(
        gateway=gateway,
        contacts=contacts,
        rate=rate,
        seconds=seconds,
        seed=seed,
        queue=queue,
        life_s=life_s,
        handling=Duration.parse(handling),
        journal=journal,
    )
    report = uvloop.run(_run(load, settings.secret(), chosen))
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
