"""The times that a pool waits for: one entry each, checked against the state when it comes up."""

from collections.abc import Callable
from enum import IntEnum
from heapq import heappop, heappush

_REFS = 40
_KINDS = 4
_DUE, _OF, _WHAT = _REFS + _KINDS, (1 << _REFS) - 1, (1 << _REFS + _KINDS) - 1


class Kind(IntEnum):
    """What becomes due, of an agent (by its bit), of a contact (by its sequence), of a queue (by its place
    in the configuration) or of a switch (by its place among those of pools); at the same time in this
    order."""

    AGENT_LOST = 0
    DEADLINE = 1
    RETURN = 2
    PAUSE = 3
    STEP = 4
    LATE = 5
    CLAIM = 6
    TELL = 7
    SWITCH = 8


_ALL = tuple(Kind)
_BASE = tuple(int(kind) << _REFS for kind in Kind)


class Clockwork:
    """A heap of integers (due, kind, of whom). `due_of` tells when it really is due by now, or None: a
    time that moved back needs a new entry, one that moved on is found when the old one comes up."""

    def __init__(self, due_of: Callable[[Kind, int], int | None]) -> None:
        self._due_of = due_of
        self._heap: list[int] = []
        self._armed: dict[int, int] = {}

    def arm(self, kind: Kind, of: int, due_ms: int) -> None:
        """It is due then, or as the state says later."""
        what = _BASE[kind] | of
        armed = self._armed.get(what)
        if armed is None or due_ms < armed:
            self._armed[what] = due_ms
            heappush(self._heap, due_ms << _DUE | what)

    def next_ms(self) -> int | None:
        """When something is due next."""
        while self._heap:
            entry = self._heap[0]
            due_ms, what = entry >> _DUE, entry & _WHAT
            if self._armed.get(what) != due_ms:
                heappop(self._heap)
                continue
            kind, of = _ALL[what >> _REFS], what & _OF
            really = self._due_of(kind, of)
            if really == due_ms:
                return due_ms
            heappop(self._heap)
            del self._armed[what]
            if really is not None:
                self.arm(kind, of, really)
        return None

    def pop(self, now_ms: int) -> tuple[Kind, int] | None:
        """What is due next, if it is by now."""
        due_ms = self.next_ms()
        if due_ms is None or due_ms > now_ms:
            return None
        what = heappop(self._heap) & _WHAT
        del self._armed[what]
        return _ALL[what >> _REFS], what & _OF
