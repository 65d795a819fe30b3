"""`aicc-loadgen history`: all kept runs, a line each."""

import json
from contextlib import suppress
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from loadgen.command.changing import print_changes
from loadgen.results.reading import Unreadable, read_meta, read_verdict
from loadgen.results.runs import SUMMARY, listed, runs_directory
from loadgen.results.state import read_state
from loadgen.results.verdict import Verdict


@click.command("history")
@click.option("--last", type=click.IntRange(1), default=30, show_default=True, help="How many, at most.")
@click.option(
    "--changes",
    is_flag=True,
    help="Since when which metric is better or worse, instead of the runs.",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Where runs are kept.")
def history_command(last: int, changes: bool, out: Path | None) -> None:
    """List the runs, the newest last.

    With --changes, the change points in the history of each profile, load and machine size, of the last 200
    valid runs; a history without any shows one in 5 % of cases at most.

    \b
    Examples:
      aicc-loadgen history --last 10
      aicc-loadgen history --changes

    \b
    Exit status: 0 listed, also where there is none; 2 wrong usage.
    """
    if changes:
        print_changes(listed(out or runs_directory()))
        return
    table = Table(title="Runs")
    for name in ("run", "profile", "status", "valid", "tps", "p95 ms", "verdict"):
        table.add_column(name, justify="right" if name in ("tps", "p95 ms") else "left")
    known = listed(out or runs_directory())
    for directory in known[-last:]:
        table.add_row(*_row(directory))
    if known:
        Console().print(table)
    else:
        Console().print("There is no run yet; `aicc-loadgen run PROFILE` makes one.", highlight=False)


def _row(directory: Path) -> tuple[str | Text, ...]:
    status = read_state(directory).status
    try:
        profile = read_meta(directory).profile.name
    except Unreadable:
        return directory.name, "unreadable", status, "", "", "", ""
    verdict = read_verdict(directory)
    tps, p95 = _figure(directory, "tps", "rate"), _figure(directory, "response_time", "p(95)")
    valid = "" if verdict is None else Text("yes") if verdict.valid else Text("NO", "red")
    return directory.name, profile, status, valid, tps, p95, _said(verdict)


def _said(verdict: Verdict | None) -> Text:
    if verdict is None:
        return Text("`report` makes its summary", "dim")
    if not verdict.valid:
        return Text("invalid", "red")
    broken = sum(not one.ok for one in verdict.thresholds)
    if broken:
        return Text(f"{broken} of {len(verdict.thresholds)} thresholds broken", "red")
    return Text("thresholds hold" if verdict.thresholds else "no thresholds")


def _figure(directory: Path, metric: str, name: str) -> str:
    with suppress(OSError, ValueError, KeyError):
        return f"{json.loads((directory / SUMMARY).read_text())['metrics'][metric]['values'][name]:,.1f}"
    return ""
