"""`aicc-loadgen report`: a kept run on the terminal, and what is missing of its files."""

from pathlib import Path

import click
from rich.console import Console

from loadgen.command.calibration import notes
from loadgen.command.options import console
from loadgen.command.printing import print_run
from loadgen.command.watching import read_seen, tell
from loadgen.recovery.kept import read as read_recovery
from loadgen.report import NoCharts, build, render
from loadgen.report.database import read as read_database
from loadgen.results.reading import Run, Unreadable, read_run, rebuild
from loadgen.results.runs import LATEST, NoSuchRun, found, runs_directory
from loadgen.results.state import Status
from loadgen.settings import LoadSettings
from runtime.settings import read_settings


@click.command("report")
@click.argument("run", default=LATEST)
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write it as a page that opens offline.",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Where runs are kept.")
def report_command(run: str, html: Path | None, out: Path | None) -> None:
    """Print the tables of RUN: an id, the beginning of one, a directory, or `latest`.

    Where the run was killed, summary.json and verdict.json are made from the seconds that it had written.

    \b
    Example:
      aicc-loadgen report 20261123T130501
      aicc-loadgen report latest --html report.html

    \b
    Exit status: 0 printed; 1 it can't be read; 2 wrong usage, or no such run.
    """
    try:
        read = read_run(found(run, out or runs_directory()), keep_windows=html is not None)
    except NoSuchRun as error:
        raise click.UsageError(str(error)) from error
    except Unreadable as error:
        raise click.ClickException(str(error)) from error
    try:
        if rebuild(read):
            console.print("Made summary.json and verdict.json from what was written.", style="yellow")
    except OSError as error:
        console.print(f"summary.json can't be written: {error.strerror or error}", style="yellow")
    _print(read)
    tell(read.directory)
    if html:
        write_page(read, html)


def write_page(read: Run, to: Path) -> None:
    """The run's page; `read` with its windows. Ends the command where it can't be made."""
    seen, recovery = read_seen(read.directory), read_recovery(read.directory)
    shown = build.report(read, seen, recovery, read_database(read.directory))
    try:
        to.write_text(render(shown, read_settings(LoadSettings).var))
    except (NoCharts, OSError) as error:
        raise click.ClickException(str(error)) from error
    console.print(str(to), markup=False, highlight=False, soft_wrap=True)


def _print(read: Run) -> None:
    meta, state = read.meta, read.state
    head = f"{meta.run}  {meta.profile.name} on {meta.target}, {meta.began_at}, seed {meta.seed}"
    Console().print(head, style="bold", highlight=False, soft_wrap=True)
    if state.status is not Status.COMPLETE:
        why = f": {state.reason}" if state.reason else ""
        Console().print(f"{state.status}{why}", style="yellow", highlight=False, soft_wrap=True)
    print_run(read.totals, read.judged, read.verdict, notes(meta.calibration, read.totals))
