"""One reader's place in one numbered feed: every entry once, in order, without a gap."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple, Protocol

import msgspec

log = logging.getLogger(__name__)


class Entry(NamedTuple):
    """An entry of a feed: its number and its JSON."""

    seq: int
    data: bytes


class _Numbered(msgspec.Struct, gc=False):
    seq: int


Read = Callable[[int], AsyncIterator[list[Entry]]]
"""Pages of what stands after a cursor, in order; a gap only for what is kept nowhere."""
seq_of = msgspec.json.Decoder(_Numbered).decode


class GapError(Exception):
    """What lies between is kept nowhere, or nowhere yet."""


class Reader(Protocol):
    """Who reads a feed."""

    def has_room(self) -> bool:
        """It takes an entry now."""

    async def room(self) -> None:
        """Returns when it takes one."""

    def deliver(self, entry: Entry) -> None:
        """Takes one; only where there is room."""

    def reset(self) -> None:
        """What the client said it knows is beyond the end: what follows begins anew."""


class Feed:
    """Delivers to `reader` what comes after `cursor`.

    A nudge with the next entry is delivered as it is; anything else makes it read. While the reader has
    no room, nudges are left to reading, which waits for room. Errors of reading are left to the next
    nudge or comparison. An entry that says all that those before it have said (`restart`) closes a gap.

    `known` is what the client says it knows, up to which nobody has seen the feed yet; 0 once that is seen.
    """

    def __init__(
        self,
        cursor: int,
        read: Read,
        reader: Reader,
        restart: Callable[[Entry], bool] = lambda _: False,
        known: int = 0,
    ) -> None:
        self.cursor = cursor
        self.known = known
        self.about: Any = None  # whose it is, for the log
        self.since = asyncio.get_running_loop().time()
        self._read = read
        self._reader = reader
        self._restart = restart
        self._fresh = True
        self._again = False
        self._reading: asyncio.Task[None] | None = None

    def nudge(self, payload: bytes) -> None:
        """An entry was published."""
        seq = seq_of(payload).seq
        if seq <= self.cursor:
            return
        if seq == self.cursor + 1 and self._reading is None and self._reader.has_room():
            self._take(Entry(seq, payload))
        else:
            self.read_up()

    def compare(self, last_seq: int | None) -> None:
        """The feed's last entry is `last_seq`; None where Redis has nothing, but an older store may."""
        self._see(last_seq or 0)
        if (self._fresh and last_seq is None) or (last_seq or 0) > self.cursor:
            self.read_up()
        self._fresh = False

    def read_up(self) -> None:
        """Reads what is missing, beside; once more where it is asked for meanwhile."""
        self._again = True
        if self._reading is None:
            self._reading = asyncio.get_running_loop().create_task(self._read_until_level())
            self._reading.add_done_callback(self._done)

    def begin_anew(self, cursor: int) -> None:
        """From after `cursor` on, which may lie before what was delivered."""
        self.cursor, self.known = cursor, 0
        self._reader.reset()
        self.read_up()

    def close(self) -> None:
        """Ends reading."""
        self.known = 0
        if self._reading:
            self._reading.cancel()

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._reading = None
        if task.cancelled():
            return
        if error := task.exception():
            log.warning("a feed could not be read: %r", error, extra=self.about)
        elif self._again:
            self.read_up()

    async def _read_until_level(self) -> None:
        while self._again:
            self._again = False
            async for page in self._read(self.cursor):
                for entry in page:
                    await self._reader.room()
                    self._take(entry)

    def _take(self, entry: Entry) -> None:
        if entry.seq <= self.cursor:
            return
        if entry.seq > self.cursor + 1 and not self._restart(entry):
            raise GapError(f"entry {entry.seq} came after {self.cursor}")
        self.cursor = entry.seq
        self._see(entry.seq)
        self._reader.deliver(entry)

    def _see(self, seq: int) -> None:
        if seq >= self.known:
            self.known = 0
