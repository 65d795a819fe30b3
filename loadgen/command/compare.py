"""`aicc-loadgen compare`: whether one set of kept runs differs from another."""

import json
import sys
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path

import click
from rich.console import Console

from loadgen.comparison.candidates import Candidate, Refused, of_commit, sort_out, take_turns
from loadgen.comparison.differ import Change, Verdict
from loadgen.comparison.family import Way, compare, missing, way
from loadgen.comparison.told import Comparison, as_json, as_table
from loadgen.results.runs import NoSuchRun, found, listed, runs_directory


class Status(IntEnum):
    """Exit statuses of `compare` and `gate`; 98 is that of `run`."""

    SAME_OR_BETTER = 0
    WORSE = 3
    TOO_FEW = 4
    INVALID = 98


class _Sets(click.Command):
    """`A B --with C D`: all names after --with are its values."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        taken, given = [], False
        for one in args:
            given = one == "--with" or (given and not one.startswith("-"))
            taken += [] if one == "--with" else ["--with", one] if given else [one]
        return super().parse_args(ctx, taken)


@click.command("compare", cls=_Sets)
@click.argument("before", nargs=-1, required=True)
@click.option("--with", "after", multiple=True, required=True, metavar="RUN...", help="The runs after.")
@click.option("--profile", help="Of an @REVISION: runs of this profile only.")
@click.option(
    "--anyway", is_flag=True, help="Also runs of different loads or machines, or not taken in turn."
)
@click.option("--json", "json_only", is_flag=True, help="One JSON object instead of the table.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Where runs are kept.")
def compare_command(
    before: tuple[str, ...],
    after: tuple[str, ...],
    profile: str | None,
    anyway: bool,
    json_only: bool,
    out: Path | None,
) -> None:
    """Compare the runs BEFORE with those after: each an id, the beginning of one, a directory, `latest`, or
    @REVISION for all runs of an unchanged checkout of that commit, tag or branch.

    At least 5 runs of each, made in turn, or fewer after against at least 8 before. A metric differs where
    that is significant among all metrics (5 % for all of them together) and above 10 %. INVALID and
    partial runs are left out.

    \b
    Examples:
      aicc-loadgen compare 20261123T1301 20261123T1305 20261123T1309 20261123T1313 20261123T1317 \\
          --with 20261123T1303 20261123T1307 20261123T1311 20261123T1315 20261123T1319
      aicc-loadgen compare @main --with @HEAD --profile mixed --json

    \b
    Exit status: 0 same or better; 1 they can't be compared; 2 wrong usage, or no such run; 3 worse; 4 too few
    runs, or not made in turn; 98 all runs after are INVALID.
    """
    runs = out or runs_directory()
    old, refused = sort_out(_directories(before, runs, profile))
    new, also = sort_out(_directories(after, runs, profile))
    if both := {one.run for one in old} & {one.run for one in new}:
        raise click.UsageError(f"{min(both)} is on both sides.")
    told = compared(old, new, [*refused, *also], anyway=anyway)
    if json_only:
        print(json.dumps(as_json(told), ensure_ascii=False))
    else:
        print_comparison(told)
    sys.exit(Status.INVALID if also and not new and all(one.invalid for one in also) else status(told))


def compared(
    old: Sequence[Candidate], new: Sequence[Candidate], refused: Sequence[Refused], *, anyway: bool
) -> Comparison:
    """The comparison. Ends the command for what is not alike, unless `anyway`."""
    notes = left_out(refused)
    if not anyway:
        _require_alike([*old, *new])
    how = way(len(old), len(new))
    changes: dict[str, Change] = {}
    if how is None:
        notes.append(missing(len(old), len(new)))
    elif how is Way.INTERLEAVED and not anyway and not take_turns(old, new):
        notes.append(
            "the runs were not made in turn, so the machine's hour may be all of a difference; "
            "--anyway compares them"
        )
    else:
        changes = compare([one.figures for one in old], [one.figures for one in new], how)
    return Comparison(
        [one.run for one in old], [one.run for one in new], how.value if how else "no test", changes, notes
    )


def left_out(refused: Sequence[Refused]) -> list[str]:
    """A sentence for each run that is not compared, INVALID ones first."""
    return [f"left out: {one}" for one in sorted(refused, key=lambda one: not one.invalid)]


def print_comparison(told: Comparison) -> None:
    """Notes, the table, findings, the verdict."""
    screen = Console()
    for note in told.notes:
        screen.print(note, style="yellow", markup=False, highlight=False, soft_wrap=True)
    if told.changes:
        screen.print(as_table(told))
    for line in (*told.findings, told.sentence):
        style = "bold red" if line.startswith(Verdict.WORSE) else "bold"
        screen.print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def status(told: Comparison) -> Status:
    """By the verdict."""
    match told.verdict:
        case Verdict.WORSE:
            return Status.WORSE
        case Verdict.TOO_FEW:
            return Status.TOO_FEW
    return Status.SAME_OR_BETTER


def directories(names: Sequence[str], runs: Path) -> list[Path]:
    """Of the runs so named. Ends the command for one that is not there."""
    try:
        return [found(name, runs) for name in names]
    except NoSuchRun as error:
        raise click.UsageError(str(error)) from error


def _directories(names: Sequence[str], runs: Path, profile: str | None) -> list[Path]:
    chosen = []
    for name in names:
        if not name.startswith("@"):
            chosen += directories([name], runs)
        elif of := of_commit(listed(runs), name[1:], profile):
            chosen += of
        else:
            what = f" of the profile {profile}" if profile else ""
            raise click.UsageError(f"There is no run{what} of an unchanged checkout of {name[1:]} in {runs}.")
    return chosen


def _require_alike(runs: Sequence[Candidate]) -> None:
    for what, kinds in (
        ("profiles", {one.profile for one in runs}),
        ("loads of that profile", {one.load for one in runs}),
        ("machines", {one.machine for one in runs}),
    ):
        if len(kinds) > 1:
            raise click.ClickException(
                f"The runs are of different {what}: {'; '.join(sorted(kinds))}. --anyway compares them."
            )
