"""Many things at their times, on one timer of the loop."""

import asyncio
import heapq
from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple

_SHORTEST_S = 0.001


class _Due(NamedTuple):
    at: float
    nth: int
    act: Callable[[float], None]


class Timers:
    """Calls each act with its own due time (perf_counter's clock), never early; those of a millisecond
    together, as the loop's timers count whole ones."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._heap: list[_Due] = []
        self._made = 0
        self._armed = float("inf")
        self._handle: asyncio.TimerHandle | None = None

    def at(self, due: float, act: Callable[[float], None]) -> None:
        """Also for what is past: then soon, not at once."""
        self._made += 1
        heapq.heappush(self._heap, _Due(due, self._made, act))
        if due < self._armed:
            self._arm(due)

    def close(self) -> None:
        """Nothing more happens."""
        self._heap.clear()
        if self._handle:
            self._handle.cancel()

    def _arm(self, due: float) -> None:
        if self._handle:
            self._handle.cancel()
        self._armed = due
        self._handle = self._loop.call_later(max(due - perf_counter(), _SHORTEST_S), self._fire)

    def _fire(self) -> None:
        self._handle, self._armed = None, float("-inf")  # nothing below arms it once more
        heap, now = self._heap, perf_counter()
        while heap and heap[0].at <= now:
            due = heapq.heappop(heap)
            due.act(due.at)
        self._armed = float("inf")
        if heap:
            self._arm(heap[0].at)
