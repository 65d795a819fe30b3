"""Kept runs that may be compared, and why others may not."""

import hashlib
import json
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from loadgen.comparison.figures import figures
from loadgen.profiles.model import Profile
from loadgen.results.meta import Machine, Meta
from loadgen.results.reading import Unreadable, read_meta, read_verdict
from loadgen.results.state import Status, read_state

_NOT_LOAD = ("thresholds", "description", "source", "expected_rps")


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A whole, valid run, as far as comparisons go by it. `load` tells apart what was offered: the same
    profile with another rate is another load. `machine` is its size."""

    run: str
    profile: str
    load: str
    machine: str
    commit: str
    began_at: str
    figures: dict[str, float]


class Refused(Exception):
    """A run that is compared with nothing, and why; `invalid` where the generator itself fell behind."""

    def __init__(self, run: str, why: str, *, invalid: bool = False) -> None:
        super().__init__(f"{run} {why}")
        self.run, self.why, self.invalid = run, why, invalid


def candidate(directory: Path) -> Candidate:
    """Raises Refused."""
    name, state, verdict = directory.name, read_state(directory), read_verdict(directory)
    if verdict and not verdict.valid:
        raise Refused(name, f"is INVALID: {verdict.sentence.removeprefix('INVALID: ')}", invalid=True)
    if state.status is not Status.COMPLETE:
        raise Refused(name, f"is {state.status}: {state.reason or 'it goes on'}")
    if verdict is None:
        raise Refused(name, "has no verdict; `aicc-loadgen report` makes it")
    try:
        meta = read_meta(directory)
        found = figures(directory)
    except Unreadable as error:
        raise Refused(name, f"can't be read: {error}") from error
    except (OSError, ValueError, KeyError) as error:
        raise Refused(name, f"has no summary.json that can be read: {error!r}") from error
    return _of(meta, found)


def sort_out(directories: Sequence[Path]) -> tuple[list[Candidate], list[Refused]]:
    """Those that may be compared, the oldest first, and the others, INVALID ones first."""
    kept, refused = [], []
    for directory in dict.fromkeys(directories):
        try:
            kept.append(candidate(directory))
        except Refused as error:
            refused.append(error)
    return sorted(kept, key=lambda one: one.began_at), sorted(refused, key=lambda one: not one.invalid)


def of_commit(directories: Sequence[Path], revision: str, profile: str | None) -> list[Path]:
    """Runs whose checkout was at that commit and not changed; `revision` is whatever git knows, or the
    beginning of a hash."""
    commit = _resolved(revision)
    found = []
    for directory in directories:
        with suppress(Unreadable):
            meta = read_meta(directory)
            known = meta.git.commit.startswith(commit) and not meta.git.dirty and bool(meta.git.commit)
            if known and profile in (None, meta.profile.name):
                found.append(directory)
    return found


def take_turns(before: Sequence[Candidate], after: Sequence[Candidate]) -> bool:
    """Whether the runs of both were made in turn: never was one set two ahead of its share of the other."""
    share = len(before) / max(len(after), 1)
    ahead = 0.0
    for _, step in sorted(
        [(one.began_at, 1.0) for one in before] + [(one.began_at, -share) for one in after]
    ):
        ahead += step
        if abs(ahead) > 2 * max(1.0, share):
            return False
    return True


def machine_size(machine: Machine) -> str:
    """Runs on machines of the same size are compared without a word."""
    return f"{machine.cpus} cores, {round(machine.memory_mb / 1024)} GB"


def _of(meta: Meta, found: dict[str, float]) -> Candidate:
    return Candidate(
        run=meta.run,
        profile=meta.profile.name,
        load=_load(meta.profile),
        machine=machine_size(meta.machine),
        commit=meta.git.commit + ("-changed" if meta.git.dirty else ""),
        began_at=meta.began_at,
        figures=found,
    )


def _load(profile: Profile) -> str:
    told = {name: one for name, one in msgspec.to_builtins(profile).items() if name not in _NOT_LOAD}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]


def _resolved(revision: str) -> str:
    with suppress(OSError, subprocess.SubprocessError):
        ran = subprocess.run(
            ["git", "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"],
            check=True, capture_output=True, text=True, timeout=10,
        )  # fmt: skip
        return ran.stdout.strip()
    return revision
