"""`aicc-loadgen gate`: whether new runs are worse than the profile's baselines, for a CI."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from loadgen.command.baseline import read_file, where
from loadgen.command.compare import Status, directories, left_out, print_comparison, status
from loadgen.command.options import console
from loadgen.comparison.baselines import Baselines
from loadgen.comparison.candidates import Candidate, sort_out
from loadgen.comparison.differ import LEAST_BASELINES, Change
from loadgen.comparison.family import Way, compare
from loadgen.comparison.notify import notify
from loadgen.comparison.told import Comparison, as_json, as_markdown
from loadgen.results.runs import runs_directory

_UNDECIDED = "no test"


@click.command("gate")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@where
@click.option(
    "--last", type=click.IntRange(LEAST_BASELINES), default=30, show_default=True, help="Baselines."
)
@click.option("--any-machine", is_flag=True, help="Also baselines of machines of another size.")
@click.option("--notify", "url", metavar="URL", help="Post the result there as JSON.")
@click.option(
    "--markdown",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Append the result, for a CI's summary.",
)
@click.option("--json", "json_only", is_flag=True, help="One JSON object instead of the table.")
def gate_command(
    runs: tuple[str, ...],
    name: str,
    file: Path | None,
    out: Path | None,
    last: int,
    any_machine: bool,
    url: str | None,
    markdown: Path | None,
    json_only: bool,
) -> None:
    """Judge new runs of one profile against its baselines (`baseline add`), at least 8.

    One run shows 20 % where runs differ by 3 %; three, where they differ by 5 %. At most 5 % of runs like the
    baselines are called worse, whatever the number of metrics. What can't be notified or written is said and
    changes nothing of the verdict.

    \b
    Example:
      aicc-loadgen gate latest --file baselines.json --markdown "$GITHUB_STEP_SUMMARY"

    \b
    Exit status: 0 same or better; 1 the baselines can't be read; 2 wrong usage, or no such run; 3 worse; 4
    too few baselines; 98 a run is INVALID or not whole.
    """
    kept, refused = sort_out(directories(runs, out or runs_directory()))
    if len({(one.profile, one.load, one.machine) for one in kept}) > 1:
        raise click.UsageError("The runs are of different profiles, loads or machines; gate them one by one.")
    _, baselines = read_file(file, out)
    if refused:
        told = Comparison([], [one.run for one in kept], _UNDECIDED, {}, left_out(refused))
        code = Status.INVALID
    else:
        told = judge(baselines, name, kept, last, any_machine=any_machine)
        code = status(told)
    if json_only:
        print(json.dumps(_message(told, code), ensure_ascii=False))
    else:
        print_comparison(told)
    _pass_on(told, code, url, markdown)
    sys.exit(code)


def judge(
    baselines: Baselines, name: str, new: Sequence[Candidate], last: int, *, any_machine: bool
) -> Comparison:
    """Of runs of one load, against the `last` baselines of it."""
    alike, elsewhere = baselines.of(name, new[0])
    ids = {one.run for one in new}
    known = sorted([*alike, *(elsewhere if any_machine else [])], key=lambda one: one.began_at)
    known = [one for one in known if one.run not in ids][-last:]
    notes = []
    if elsewhere and not any_machine:
        sizes = ", ".join(sorted({one.machine for one in elsewhere}))
        notes.append(
            f"{len(elsewhere)} baselines of other machines ({sizes}; this has {new[0].machine}) are left "
            "out; --any-machine takes them"
        )
    changes: dict[str, Change] = {}
    if len(known) < LEAST_BASELINES:
        notes.append(
            f"{len(known)} baselines of {new[0].profile} (load {new[0].load}) are too few: "
            f"{LEAST_BASELINES - len(known)} are missing of {LEAST_BASELINES}; "
            "`aicc-loadgen baseline add` adds one"
        )
    else:
        figures = [[one.figures for one in some] for some in (known, new)]
        changes = compare(figures[0], figures[1], Way.PREDICTED, one_sided=True)
    way = Way.PREDICTED.value if changes else _UNDECIDED
    return Comparison([one.run for one in known], [one.run for one in new], way, changes, notes)


def _message(told: Comparison, code: Status) -> dict[str, object]:
    text = "\n".join((told.sentence, *told.notes, *told.findings))
    return as_json(told) | {"exit_code": int(code), "status": code.name.lower(), "text": text}


def _pass_on(told: Comparison, code: Status, url: str | None, markdown: Path | None) -> None:
    if markdown:
        try:
            with markdown.open("a") as file:
                file.write(as_markdown(told))
        except OSError as error:
            console.print(f"{markdown} can't be written: {error.strerror or error}", style="yellow")
    if url and (why := notify(url, _message(told, code))):
        console.print(f"The result could not be posted to {url}: {why}", style="yellow", markup=False)
