"""What `aicc-db report --json` said of the database at the end of a run."""

from pathlib import Path

import msgspec

DATABASE = "database.json"


class Section(msgspec.Struct, frozen=True):
    """A table: the columns' names, and rows of what is to be shown."""

    title: str
    note: str
    columns: list[str]
    rows: list[list[str]]


class DatabaseKept(msgspec.Struct, frozen=True):
    """The file."""

    database: str
    at: str
    sections: list[Section]


def decode(told: bytes) -> DatabaseKept:
    """Raises msgspec.MsgspecError."""
    return msgspec.json.decode(told, type=DatabaseKept)


def read(directory: Path) -> DatabaseKept | None:
    """None where nobody asked the database."""
    try:
        return decode((directory / DATABASE).read_bytes())
    except (OSError, msgspec.MsgspecError):
        return None
