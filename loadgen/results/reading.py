"""A run read back from its directory, whole or in part."""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from loadgen.profiles.thresholds import Judged
from loadgen.results import lines
from loadgen.results.files import write_json
from loadgen.results.kept import judged
from loadgen.results.meta import Meta
from loadgen.results.runs import META, SUMMARY, VERDICT, WINDOWS
from loadgen.results.state import State, Status, read_state
from loadgen.results.summary import summary
from loadgen.results.targets import targets
from loadgen.results.totals import Totals
from loadgen.results.verdict import Verdict, gates_of, verdict
from loadgen.results.window import Window
from loadgen.trust.gates import Gates


class Unreadable(ValueError):
    """A directory from which no run can be read."""


@dataclass
class Run:
    """`verdict` is the run's own, or what its seconds say where it never came to one. `windows` are read only
    where asked for."""

    directory: Path
    meta: Meta
    state: State
    totals: Totals
    judged: list[Judged]
    verdict: Verdict
    windows: list[Window] = field(default_factory=list)


def read_meta(directory: Path) -> Meta:
    """Raises Unreadable."""
    try:
        return msgspec.json.decode((directory / META).read_bytes(), type=Meta)
    except (OSError, msgspec.MsgspecError) as error:
        raise Unreadable(f"{directory / META} can't be read: {error}") from error


def read_verdict(directory: Path) -> Verdict | None:
    """None where the run did not get so far."""
    try:
        return msgspec.json.decode((directory / VERDICT).read_bytes(), type=Verdict)
    except (OSError, msgspec.MsgspecError):
        return None


def read_run(directory: Path, *, keep_windows: bool = False) -> Run:
    """Sums up windows.jsonl. Raises Unreadable."""
    meta, state = read_meta(directory), read_state(directory)
    totals, windows, gates = Totals(), [], Gates(meta.machine.cpus)
    try:
        with (directory / WINDOWS).open("rb") as file:
            for window in lines.decode(file):
                totals.add(window)
                gates.take(window)
                if keep_windows:
                    windows.append(window)
    except OSError as error:
        raise Unreadable(f"{directory / WINDOWS} can't be read: {error}") from error
    totals.lasted_s = state.seconds
    found = judged(totals, meta.profile.thresholds, meta.stages)
    decided = read_verdict(directory) or verdict(
        state, gates_of(gates.verdicts()), found, targets=targets(totals, meta.profile, None)
    )
    return Run(directory, meta, state, totals, found, decided, windows)


def rebuild(run: Run) -> bool:
    """Writes summary.json and verdict.json where they are missing; whether it did so. Raises OSError."""
    done = (run.directory / SUMMARY).exists() and (run.directory / VERDICT).exists()
    if done or run.state.status is Status.RUNNING:
        return False
    whole = summary(run.totals, run.judged, run.meta.stages, run.state.reason)
    write_json(run.directory / SUMMARY, whole)
    write_json(run.directory / VERDICT, msgspec.to_builtins(run.verdict))
    return True
