"""The command: runs seeds, with a planted bug or without."""

import json
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import click

from tests.simulation import load
from tests.simulation.bugs import BUGS, planted
from tests.simulation.invariants import judge
from tests.simulation.world import kinds, simulate

FIRST_LOST = 3
"""So many findings of a seed are shown."""


class Outcome(NamedTuple):
    """What a seed said."""

    seed: int
    wrong: list[str]
    commands: int
    faults: Counter[str]


def outcome(seed: int, bug: str = "") -> Outcome:
    """One seed; judged by the code as it is."""
    load.library()
    with planted(bug):
        world = simulate(seed)
    return Outcome(seed, judge(world), world.commands, kinds(world))


def _task(asked: tuple[int, str]) -> Outcome:
    return outcome(*asked)


@click.command(epilog="Example: python -m tests.simulation --seeds 1000 --bug cause-not-checked")
@click.option("--seeds", default=100, show_default=True, help="How many.")
@click.option("--first", default=0, show_default=True, help="The first one.")
@click.option(
    "--bug", default="", type=click.Choice(["", "all", *BUGS]), help="Plant this; stop where it is found."
)
@click.option("--jobs", default=os.cpu_count() or 1, show_default=True, help="Processes.")
@click.option("--table", type=click.Path(path_type=Path), help="With --bug all: write the table here.")
def main(seeds: int, first: int, bug: str, jobs: int, table: Path | None) -> None:
    """Runs streams and workers on a virtual clock with faults. The last line is JSON.

    Status: 0 nothing wrong, or the planted bug found; 1 something wrong, or the bug not found.
    """
    began = time.monotonic()
    with ProcessPoolExecutor(jobs) as pool:
        if bug:
            names = list(BUGS) if bug == "all" else [bug]
            found = {name: _hunt(pool, name, range(first, first + seeds), jobs) for name in names}
            if table is not None:
                _write_table(table, found)
            _finish(
                {"found": {name: one and one.seed for name, one in found.items()}}, all(found.values()), began
            )
        wrong, commands, faults = {}, 0, Counter[str]()
        for done in pool.map(_task, [(seed, "") for seed in range(first, first + seeds)], chunksize=2):
            commands += done.commands
            faults += done.faults
            if done.wrong:
                wrong[done.seed] = done.wrong[:FIRST_LOST]
                print(f"\nseed {done.seed}: {done.wrong[:FIRST_LOST]}", file=sys.stderr)
            _progress(done.seed - first + 1, seeds)
    _finish({"seeds": seeds, "commands": commands, "faults": dict(faults), "wrong": wrong}, not wrong, began)


def _hunt(pool: ProcessPoolExecutor, bug: str, seeds: range, jobs: int) -> Outcome | None:
    """The first seed that finds the bug."""
    for at in range(0, len(seeds), jobs):
        for done in pool.map(_task, [(seed, bug) for seed in seeds[at : at + jobs]]):
            if done.wrong:
                print(f"\n{bug}: seed {done.seed}: {done.wrong[0]:.160}", file=sys.stderr)
                return done
        _progress(at + jobs, len(seeds))
    print(f"\n{bug}: not found", file=sys.stderr)
    return None


def _write_table(path: Path, found: dict[str, Outcome | None]) -> None:
    rows = ["| bug | what is wrong with it | first seed | what the seed says |", "|---|---|---|---|"]
    for name, one in found.items():
        said = one.wrong[0].split(":")[0] if one else "not found"
        rows.append(
            f"| `{name}` | {(BUGS[name].__doc__ or '').strip()} | {one.seed if one else ''} | {said} |"
        )
    begin, end = "<!-- bugs -->\n", "<!-- /bugs -->"
    text = path.read_text()
    head, tail = text.split(begin)[0], text.split(end)[1]
    path.write_text(head + begin + "\n".join(rows) + "\n" + end + tail)


def _progress(done: int, of: int) -> None:
    print(f"\r{done} of {of} seeds", end="", file=sys.stderr, flush=True)


def _finish(result: dict[str, object], good: bool, began: float) -> None:
    print(file=sys.stderr)
    print(json.dumps({**result, "seconds": round(time.monotonic() - began, 1), "good": good}))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
