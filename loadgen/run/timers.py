"""Many things at their times, on one alarm."""

import heapq
from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple

from loadgen.engine.timerfd import alarm

_GRID_S = 0.0002
"""What is due within that happens together: each wake costs as much as several of them."""
_AT_ONCE = 100
"""So many at the most before answers are read again, however late we are."""


class _Due(NamedTuple):
    at: float
    nth: int
    act: Callable[[float], None]


class Timers:
    """Calls each act with its own due time (perf_counter's clock), never early."""

    def __init__(self) -> None:
        self._heap: list[_Due] = []
        self._made = 0
        self._armed = float("inf")
        self._alarm = alarm(self._ring)

    def at(self, due: float, act: Callable[[float], None]) -> None:
        """Also for what is past: then soon, not at once."""
        self._made += 1
        heapq.heappush(self._heap, _Due(due, self._made, act))
        if due < self._armed:
            self._arm()

    def close(self) -> None:
        """Nothing more happens."""
        self._heap.clear()
        self._armed = float("-inf")
        self._alarm.close()

    def _arm(self) -> None:
        self._armed = max(self._heap[0].at, perf_counter() + _GRID_S)
        self._alarm.at(self._armed)

    def _ring(self) -> None:
        self._armed = float("-inf")  # nothing below arms it once more
        heap, now = self._heap, perf_counter()
        for _ in range(_AT_ONCE):
            if not heap or heap[0].at > now:
                break
            due = heapq.heappop(heap)
            due.act(due.at)
        self._armed = float("inf")
        if heap:
            self._arm()
