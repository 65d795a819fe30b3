"""`aicc-doctor`: one line a check, with what mends it."""

import asyncio
import json
import logging
import os
import sys
from collections.abc import Sequence

import click
import msgspec
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from gateway.settings import GatewaySettings
from infra.doctor.examine import CHECKS, LIMIT_S, examine
from infra.doctor.finding import Case, DoctorSettings, Line, Standing
from infra.paths import CHECKOUT
from runtime.settings import read_settings

_STYLES = {Standing.OK: "green", Standing.WARNING: "yellow", Standing.WRONG: "bold red"}
_EPILOG = """\b
Examples:
  aicc-doctor
  KAFKA_BOOTSTRAP=kafka:9092 aicc-doctor --gateway https://desk.example.org
  aicc-doctor --only topics --only roles --json

\b
Exit status:
  0  all is well
  1  there are warnings
  2  something is wrong; or wrong usage or settings
"""


@click.command(epilog=_EPILOG)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
@click.option("--gateway", default="", help="Its address, if not on this machine at AICC_GATEWAY_PORT.")
@click.option(
    "--only", multiple=True, type=click.Choice([check.name for check in CHECKS]), help="Some checks alone."
)
@click.option(
    "--limit",
    type=click.FloatRange(0.1, 300),
    default=LIMIT_S,
    show_default=True,
    help="Seconds for a check.",
)
def main(as_json: bool, gateway: str, only: Sequence[str], limit: float) -> None:
    """Look at the platform's servers, topics, tables and settings, say what is wrong and how to mend it.

    Give it the variables that the services have. It changes nothing.
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    settings = read_settings(DoctorSettings)
    port = os.environ.get("AICC_GATEWAY_PORT") or GatewaySettings().gateway_port
    address = gateway.rstrip("/") or f"http://127.0.0.1:{port}"
    case = Case(settings, os.environ, address, CHECKOUT / "requirements.lock")
    checks = [check for check in CHECKS if not only or check.name in only]
    with _waiting(len(checks)):
        lines = asyncio.run(examine(case, checks, limit))
    worst = max((line.standing for line in lines), key=lambda standing: standing.rank)
    if as_json:
        click.echo(json.dumps({"standing": worst, "checks": msgspec.to_builtins(lines)}))
    else:
        _show(lines)
    sys.exit(worst.rank)


def _waiting(checks: int) -> Progress:
    """On a terminal only."""
    progress = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), console=Console(stderr=True), transient=True
    )
    progress.add_task(f"{checks} checks")
    return progress


def _show(lines: Sequence[Line]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    for _ in range(3):
        table.add_column(overflow="fold")
    for line in lines:
        said = Text(line.said)
        if line.mend:
            said.append(f"\n→ {line.mend}", "cyan")
        table.add_row(Text(line.standing, _STYLES[line.standing]), line.check, said)
    Console().print(table)
    counts = {standing: sum(line.standing is standing for line in lines) for standing in Standing}
    click.echo(", ".join(f"{count} {standing}" for standing, count in counts.items()))


if __name__ == "__main__":
    main()
