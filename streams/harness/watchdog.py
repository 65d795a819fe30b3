"""Ends the process when it was paused, cut off from the group, or stuck: crash-only."""

import threading
import time
from collections.abc import Callable

from streams.harness.ending import Exit, end_process

JOIN_S = 30.0
"""The longest wait for a first heartbeat: three rebalances."""
_EVERY_S = 0.2
_CLOCKS = (time.CLOCK_MONOTONIC, time.CLOCK_BOOTTIME)  # the second one sees a sleeping machine too


def end_if_paused(session_timeout_s: float) -> None:
    """Starts a thread that ends the process after a pause of half the session timeout: by then another
    may own its partitions, and this one must not go on as if nothing had been."""
    threading.Thread(target=_watch, args=(session_timeout_s / 2,), name="watchdog", daemon=True).start()


def _watch(longest_s: float) -> None:
    pauses = Pauses(longest_s)
    while True:
        time.sleep(_EVERY_S)
        pauses.check()


class Pauses:
    """Ends the process where more than `longest_s` lie between two checks."""

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._last = _clocks_s()

    def check(self) -> None:
        """To be called every few hundred milliseconds."""
        now = _clocks_s()
        paused_s = max(b - a for a, b in zip(self._last, now, strict=True))
        if paused_s > self._longest_s:
            end_process(Exit.PAUSED, "was paused", paused_s=round(paused_s, 3))
        self._last = now


def _clocks_s() -> list[float]:
    return [time.clock_gettime(clock) for clock in _CLOCKS]


class Deadline:
    """Ends the process when what `progress` returns does not change for `limit_s`; `None` is fine."""

    def __init__(self, code: Exit, why: str, limit_s: float, progress: Callable[[], object]) -> None:
        self._code, self._why, self._limit_s, self._progress = code, why, limit_s, progress
        self._seen: object = None
        self._since = time.monotonic()

    def check(self) -> None:
        """To be called a few times a second."""
        now, seen = time.monotonic(), self._progress()
        if seen is None or seen != self._seen:
            self._seen, self._since = seen, now
        elif now - self._since > self._limit_s:
            end_process(self._code, self._why, after_s=round(now - self._since, 2), last=str(seen))


def membership(heartbeat_at: Callable[[], float], session_timeout_s: float) -> tuple[Deadline, Deadline]:
    """The deadlines of a member of the group; `heartbeat_at` is when one was answered last, 0 for never.

    One is for the first heartbeat: a join that the broker refuses in a way that aiokafka does not try again
    leaves the process without partitions, and without anything else that would be late.
    """
    first = Deadline(
        Exit.HEARTBEAT, "the group could not be joined", JOIN_S, lambda: None if heartbeat_at() else "never"
    )
    again = Deadline(
        Exit.HEARTBEAT, "no heartbeat was answered", session_timeout_s, lambda: heartbeat_at() or None
    )
    return first, again
