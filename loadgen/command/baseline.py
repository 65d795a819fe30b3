"""`aicc-loadgen baseline`: which runs others are compared with."""

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from loadgen.command.compare import directories
from loadgen.command.options import F, console
from loadgen.comparison.baselines import (
    BASELINES,
    MAIN,
    BaselineError,
    Baselines,
    read_baselines,
    write_baselines,
)
from loadgen.comparison.candidates import sort_out
from loadgen.results.runs import runs_directory

_WHERE = (
    click.option("--name", default=MAIN, show_default=True, help="The baseline's name."),
    click.option(
        "--file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="The file of baselines, instead of baselines.json among the runs.",
    ),
    click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Where runs are kept."),
)


def where(command: F) -> F:
    """Options that say which baseline of which file."""
    for option in reversed(_WHERE):
        command = option(command)
    return command


def read_file(file: Path | None, out: Path | None) -> tuple[Path, Baselines]:
    """The file and what is in it. Ends the command where it can't be read."""
    path = file or (out or runs_directory()) / BASELINES
    try:
        return path, read_baselines(path)
    except BaselineError as error:
        raise click.ClickException(str(error)) from error


@click.group("baseline")
def baseline_command() -> None:
    """Keep the runs that `gate` compares with: a JSON file with their figures, which is enough by itself and
    can be checked in. Runs of the same profile, the same load and machines of the same size are compared.

    \b
    Example:
      aicc-loadgen baseline add latest --file baselines.json
    """


@baseline_command.command("add")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@where
def add_command(runs: tuple[str, ...], name: str, file: Path | None, out: Path | None) -> None:
    """Promote kept runs. An INVALID or partial one is refused, and with it all.

    \b
    Example:
      aicc-loadgen baseline add 20261123T1305 20261123T1309

    \b
    Exit status: 0 they are in; 1 one is refused, or the file can't be used; 2 wrong usage, or no such run.
    """
    kept, refused = sort_out(directories(runs, out or runs_directory()))
    if refused:
        raise click.ClickException(f"No baseline: {'; '.join(map(str, refused))}.")
    path, known = read_file(file, out)
    fresh = known.add(name, kept)
    _write(path, known)
    there = "" if len(fresh) == len(kept) else f" ({len(kept) - len(fresh)} were in it already)"
    console.print(f"{len(fresh)} runs more in the baseline {name}{there}: {path}", highlight=False)


@baseline_command.command("list")
@where
def list_command(name: str, file: Path | None, out: Path | None) -> None:
    """List the runs of a baseline, the oldest first.

    \b
    Example:
      aicc-loadgen baseline list --file baselines.json

    \b
    Exit status: 0 listed, also where there is none; 1 the file can't be read; 2 wrong usage.
    """
    path, known = read_file(file, out)
    table = Table(title=f"Baseline {name} in {path}")
    for heading in ("run", "profile", "load", "machine", "commit"):
        table.add_column(heading)
    for one in known.named.get(name, []):
        table.add_row(one.run, one.profile, one.load, one.machine, one.commit[:10])
    if table.row_count:
        Console().print(table)
    else:
        Console().print(f"There is no run in the baseline {name} of {path} yet.", highlight=False)


@baseline_command.command("remove")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@where
def remove_command(runs: tuple[str, ...], name: str, file: Path | None, out: Path | None) -> None:
    """Take runs out, by their whole ids.

    \b
    Example:
      aicc-loadgen baseline remove 20261123T130501-9f3a2c

    \b
    Exit status: 0 they are out; 1 one is not in it, or the file can't be used; 2 wrong usage.
    """
    path, known = read_file(file, out)
    try:
        known.remove(name, runs)
    except BaselineError as error:
        raise click.ClickException(str(error)) from error
    _write(path, known)
    console.print(f"{_said(runs)} left the baseline {name}: {path}", highlight=False)


def _said(runs: Sequence[str]) -> str:
    return runs[0] if len(runs) == 1 else f"{len(runs)} runs"


def _write(path: Path, known: Baselines) -> None:
    try:
        write_baselines(path, known)
    except OSError as error:
        raise click.ClickException(f"{path} can't be written: {error.strerror or error}") from error
