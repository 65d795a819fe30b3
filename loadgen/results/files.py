"""The files of a run while it goes on: written as it goes, readable however it ends."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from loadgen.results.runs import EVENTS, STATE, WINDOWS
from loadgen.results.state import State

_RESERVE = "reserve"
_RESERVE_BYTES = 256 * 1024


class RunFiles:
    """A run's directory. `failure` says why nothing more could be appended, "" while all is well.

    What is appended is in the kernel's hands when a call returns, so a kill of the process loses none of
    it. A file of 256 KB is held in reserve and given back when the disk is full, for the last words.
    """

    def __init__(self, directory: Path) -> None:
        """Raises OSError where the directory can't be made or is there already."""
        directory.mkdir(parents=True)
        self.directory = directory
        self.failure = ""
        with (directory / _RESERVE).open("wb") as reserve:
            os.posix_fallocate(reserve.fileno(), 0, _RESERVE_BYTES)
        self._files: dict[str, BinaryIO] = {
            name: (directory / name).open("ab", buffering=0) for name in (WINDOWS, EVENTS)
        }

    def append(self, name: str, lines: bytes) -> None:
        """Adds whole lines. Failures are kept in `failure`, never raised; after one nothing is added."""
        if self.failure:
            return
        try:
            left = memoryview(lines)
            while left:
                left = left[self._files[name].write(left) :]
        except OSError as error:
            self.failure = f"{self.directory / name} can't be written: {error.strerror}"
            self._make_room()

    def append_event(self, event: object) -> None:
        """One line of events.jsonl."""
        self.append(EVENTS, msgspec.json.encode(event) + b"\n")

    def write_state(self, state: State) -> None:
        """Replaces state.json. Raises OSError."""
        self.write(STATE, msgspec.to_builtins(state))

    def write(self, name: str, value: object) -> None:
        """Replaces a JSON file, wholly or not at all. Raises OSError."""
        write_json(self.directory / name, value)

    def close(self) -> None:
        """Nothing is appended any more."""
        self._make_room()
        for file in self._files.values():
            file.close()

    def _make_room(self) -> None:
        with suppress(OSError):
            (self.directory / _RESERVE).unlink(missing_ok=True)


def write_json(path: Path, value: object) -> None:
    """Replaces a file, wholly or not at all. Raises OSError."""
    made = path.with_name(f".{path.name}.new")
    made.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n")
    made.replace(path)
