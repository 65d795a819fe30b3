"""Change points of all kept runs, as `aicc-loadgen history --changes` prints them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from loadgen.command.options import console
from loadgen.comparison.candidates import Candidate, sort_out
from loadgen.comparison.changes import LEAST_PART, ChangePoint, change_points
from loadgen.comparison.differ import ALPHA
from loadgen.comparison.figures import HEADLINES, metric

_RUNS = 200
_SEED = 1
_HEADINGS = ("profile", "load", "machine", "metric", "since", "commit", "before", "after", "unit", "p", "is")


def print_changes(directories: Sequence[Path]) -> None:
    """A row a change."""
    kept, refused = sort_out(directories)
    groups: defaultdict[tuple[str, str, str], list[Candidate]] = defaultdict(list)
    for one in kept:
        groups[one.profile, one.load, one.machine].append(one)
    table = Table(title="Changes")
    for heading in _HEADINGS:
        table.add_column(heading, justify="right" if heading in ("before", "after", "p") else "left")
    looked_at = 0
    with console.status("looking for changes"):
        for key, runs in sorted(groups.items()):
            looked_at += len(runs) >= 2 * LEAST_PART
            for name, since, point in changes(runs[-_RUNS:]):
                table.add_row(*key, name, since.run, since.commit[:10], *_said(name, point))
    screen = Console()
    if table.row_count:
        screen.print(table)
    else:
        screen.print("No metric changed.", highlight=False)
    screen.print(
        f"{looked_at} of {len(groups)} histories have the {2 * LEAST_PART} runs that a change needs; "
        f"{len(refused)} of {len(directories)} runs are INVALID or not whole and left out.",
        highlight=False,
        soft_wrap=True,
    )


def changes(runs: Sequence[Candidate]) -> Iterator[tuple[str, Candidate, ChangePoint]]:
    """By metric, those of one history: its headlines share the 5 % that all may err."""
    having = {name: [one for one in runs if name in one.figures] for name in HEADLINES}
    known = {name: some for name, some in having.items() if len(some) >= 2 * LEAST_PART}
    for name, some in known.items():
        values = [one.figures[name] for one in some]
        for point in change_points(values, _SEED, metric(name).floor, ALPHA / len(known)):
            yield name, some[point.at], point


def _said(name: str, point: ChangePoint) -> tuple[str | Text, ...]:
    about = metric(name)
    better = (point.after > point.before) == about.higher_is_better
    said = Text("better", "green") if better else Text("worse", "bold red")
    return f"{point.before:,.4g}", f"{point.after:,.4g}", about.unit, f"{point.p:.2g}", said
