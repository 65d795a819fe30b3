"""What the target has promised: the sessions that it answered with, to be looked for afterwards."""

from collections.abc import Iterator
from pathlib import Path
from typing import Self

SESSION = "session"
"""A step that saves a field by this name has begun a session."""

_NAME = "ledger-{}.txt"


class Ledger:
    """One generator's, a line a session, in `directory`."""

    def __init__(self, directory: Path, nth: int) -> None:
        """Raises OSError where it can't be written."""
        directory.mkdir(parents=True, exist_ok=True)
        self._file = (directory / _NAME.format(nth)).open("a")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, session: str) -> None:
        """It was answered."""
        self._file.write(session + "\n")


def sessions(directory: Path) -> Iterator[str]:
    """All that were answered, by all generators."""
    for file in sorted(directory.glob(_NAME.format("*"))):
        with file.open() as lines:
            for line in lines:
                if line.endswith("\n"):
                    yield line.rstrip("\n")
