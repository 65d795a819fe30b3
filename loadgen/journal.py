"""What the platform has answered 200 to, kept to be checked against what it stored."""

from pathlib import Path
from typing import IO

import msgspec


class Entry(msgspec.Struct, kw_only=True, gc=False):
    """One contact that was accepted. Times are Unix seconds, 0 where it did not come to that.

    `accepted` lists [message_id, seq] of each message answered 200, the one in /chat/start excepted;
    `seq` is null where the answer had none. `connected` says that /agent/connect was answered 200.
    """

    session_id: str
    started_at: float
    accepted: list[tuple[str, int | None]] = msgspec.field(default_factory=list)
    connected: bool = False
    connect_status: str = ""
    connected_at: float = 0.0
    ended_by_customer: bool = False
    ended_at: float = 0.0


class Journal:
    """Entries in memory and, given a file, as JSON lines, each written when the contact is over."""

    def __init__(self, file: Path | None = None) -> None:
        self.entries: list[Entry] = []
        self._encode = msgspec.json.Encoder().encode
        self._file: IO[bytes] | None = None
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._file = file.open("wb")

    def open(self, session_id: str, at: float) -> Entry:
        """A contact was started with 200."""
        entry = Entry(session_id=session_id, started_at=at)
        self.entries.append(entry)
        return entry

    def write(self, entry: Entry) -> None:
        """The contact is over for the client: its line goes to the file."""
        if self._file:
            self._file.write(self._encode(entry) + b"\n")

    def close(self) -> None:
        """Ends the file."""
        if self._file:
            self._file.close()
            self._file = None


def read_journal(file: Path) -> list[Entry]:
    """The entries of a written journal. Raises msgspec.MsgspecError for a damaged line."""
    decode = msgspec.json.Decoder(Entry).decode
    with file.open("rb") as lines:
        return [decode(line) for line in lines]
