"""One alarm of a loop, exact to some 50 µs: the loops' own timers are late by 0.6 ms or count whole ones."""

import asyncio
import ctypes
import math
import os
import struct
import time
from collections.abc import Callable
from typing import Protocol

_CLOCK_MONOTONIC = 1
_ABSOLUTE = 1
_SHORTEST_S = 0.001
_SPEC = struct.Struct("qqqq")


class Alarm(Protocol):
    """Calls what it was made with once for each `at`, in the loop, never early by more than 1 ns."""

    def at(self, due: float) -> None:
        """Sets it to perf_counter's time `due`, the past included; what it was set to before is forgotten."""

    def close(self) -> None:
        """It rings no more."""


def alarm(ring: Callable[[], None]) -> Alarm:
    """The best alarm that this system has, in the running loop."""
    try:
        return _TimerFd(ring)
    except (OSError, AttributeError, NotImplementedError):
        return _LoopTimer(ring)


class _TimerFd:
    """Linux's timerfd (timerfd_create(2)), on the clock that perf_counter reads."""

    def __init__(self, ring: Callable[[], None]) -> None:
        if "MONOTONIC" not in time.get_clock_info("perf_counter").implementation:
            raise NotImplementedError("perf_counter reads another clock")
        libc = ctypes.CDLL(None, use_errno=True)
        self._settime = libc.timerfd_settime
        self._fd = libc.timerfd_create(_CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self._spec = ctypes.create_string_buffer(_SPEC.size)
        self._ring = ring
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self._rang)

    def at(self, due: float) -> None:
        nanos = max(math.ceil(due * 1e9), 1)  # 0 would disarm it
        _SPEC.pack_into(self._spec, 0, 0, 0, *divmod(nanos, 1_000_000_000))
        if self._settime(self._fd, _ABSOLUTE, self._spec, None):
            raise OSError(ctypes.get_errno(), "timerfd_settime")

    def close(self) -> None:
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _rang(self) -> None:
        try:
            os.read(self._fd, 8)
        except BlockingIOError:  # set anew between ringing and here
            return
        self._ring()


class _LoopTimer:
    """For systems without timerfd: late by up to a millisecond."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.TimerHandle | None = None
        self._due = 0.0

    def at(self, due: float) -> None:
        self.close()
        self._due = due
        # uvloop's timers count whole milliseconds: shorter ones would be none, and the loop would spin.
        wait_s = max(due - time.perf_counter(), _SHORTEST_S)
        self._handle = self._loop.call_later(wait_s, self._rang)

    def close(self) -> None:
        if self._handle:
            self._handle.cancel()

    def _rang(self) -> None:
        if time.perf_counter() < self._due:  # they count from the turn's beginning, and so may be early
            self.at(self._due)
        else:
            self._ring()
