"""`aicc-loadgen calibrate`: what the generator can do on this machine."""

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from loadgen.command import calibration
from loadgen.command.options import console
from loadgen.results.runs import runs_directory


@click.command("calibrate")
@click.option(
    "--seconds",
    type=click.FloatRange(0.2),
    default=3.0,
    show_default=True,
    help="For each of two measurements.",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Where runs are kept.")
def calibrate_command(seconds: float, out: Path | None) -> None:
    """Measure the generator against a server that does nothing, and keep it for the runs to come.

    \b
    Example:
      aicc-loadgen calibrate --seconds 10

    \b
    Exit status: 0 measured; 1 it can't be kept; 2 wrong usage.
    """
    console.print(f"Measuring for {2 * seconds:g} s …", style="dim")
    try:
        found = calibration.measure(out or runs_directory(), seconds)
    except OSError as error:
        raise click.ClickException(f"The calibration can't be kept: {error}") from error
    table = Table(title="Calibration", show_header=False)
    for name, value in found.as_json().items():
        shown = f"{value:,.3f}" if isinstance(value, float) else str(value)
        table.add_row(name, shown)
    Console().print(table)
