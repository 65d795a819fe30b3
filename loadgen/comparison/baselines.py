"""The file of baselines: runs that were promoted, with their figures, so that it is enough by itself."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from loadgen.comparison.candidates import Candidate
from loadgen.results.files import write_json

BASELINES = "baselines.json"
MAIN = "main"


class BaselineError(ValueError):
    """The file can't be used, or a run is not in it."""


class Baselines(msgspec.Struct):
    """Runs by the baseline's name, the oldest first."""

    named: dict[str, list[Candidate]] = {}

    def add(self, name: str, runs: Iterable[Candidate]) -> list[Candidate]:
        """Those that were not in it before."""
        known = self.named.setdefault(name, [])
        fresh = [one for one in runs if one.run not in {old.run for old in known}]
        known += fresh
        known.sort(key=lambda one: one.began_at)
        return fresh

    def remove(self, name: str, runs: Iterable[str]) -> None:
        """Raises BaselineError for a run that is not in it; then nothing is removed."""
        known, gone = self.named.get(name, []), set(runs)
        if unknown := sorted(gone - {one.run for one in known}):
            raise BaselineError(f"{unknown[0]} is no run of the baseline {name}")
        self.named[name] = [one for one in known if one.run not in gone]

    def of(self, name: str, like: Candidate) -> tuple[list[Candidate], list[Candidate]]:
        """The runs of the same load, without `like` itself: on machines of its size, and on others."""
        alike = [
            one
            for one in self.named.get(name, [])
            if (one.profile, one.load) == (like.profile, like.load) and one.run != like.run
        ]
        return (
            [one for one in alike if one.machine == like.machine],
            [one for one in alike if one.machine != like.machine],
        )


def read_baselines(file: Path) -> Baselines:
    """Empty where there is no file. Raises BaselineError."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Baselines)
    except FileNotFoundError:
        return Baselines()
    except (OSError, msgspec.MsgspecError) as error:
        raise BaselineError(f"{file} can't be read: {error}") from error


def write_baselines(file: Path, baselines: Baselines) -> None:
    """Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    write_json(file, msgspec.to_builtins(baselines))
