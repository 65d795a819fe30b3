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
from loadgen.results.totals import Totals
from loadgen.results.verdict import Verdict
from loadgen.results.window import Window


class Unreadable(ValueError):
    """A directory from which no run can be read."""


@dataclass
class Run:
    """`verdict` is None where the run never came to one. `windows` are read only where asked for."""

    directory: Path
    meta: Meta
    state: State
    totals: Totals
    judged: list[Judged]
    verdict: Verdict | None
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
    totals, windows = Totals(), []
    try:
        with (directory / WINDOWS).open("rb") as file:
            for window in lines.decode(file):
                totals.add(window)
                if keep_windows:
                    windows.append(window)
    except OSError as error:
        raise Unreadable(f"{directory / WINDOWS} can't be read: {error}") from error
    totals.lasted_s = state.seconds
    found = judged(totals, meta.profile.thresholds, meta.stages)
    return Run(directory, meta, state, totals, found, read_verdict(directory), windows)


def rebuild(run: Run) -> bool:
    """Writes summary.json where the run did not get to it; whether it did so. Raises OSError."""
    if run.state.status is Status.RUNNING or (run.directory / SUMMARY).exists():
        return False
    whole = summary(run.totals, run.judged, run.meta.stages, run.state.reason)
    write_json(run.directory / SUMMARY, whole)
    return True
