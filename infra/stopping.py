"""When to stop: signals to us, and signals to the `make` that started us."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """A stop was asked for; raised only by `Stopping.check` and `sleep`, never amid other work."""


class Stopping:
    def __init__(self) -> None:
        self._asked = threading.Event()
        self._make = _Make.parent()

    def install(self) -> None:
        """By hand for each signal: a shell that starts us in the background had SIGINT ignored."""
        for number in _SIGNALS:
            signal.signal(number, self._on_signal)

    def asked(self) -> bool:
        if self._make is not None and self._make.told_to_stop():
            self._asked.set()
        return self._asked.is_set()

    def check(self) -> None:
        if self.asked():
            raise Stopped

    def sleep(self, seconds: float) -> None:
        self._asked.wait(seconds)
        self.check()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._asked.set()


class _Make:
    """GNU make passes SIGTERM on, but on SIGINT and SIGHUP of its own it only waits for us to end.

    Its handler runs meanwhile: the signal is blocked and its default action restored, which /proc shows.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._caught = _signal_mask(pid, "SigCgt")

    @classmethod
    def parent(cls) -> _Make | None:
        pid = os.getppid()
        try:
            name = Path(f"/proc/{pid}/comm").read_text().strip()
        except OSError:
            return None
        return cls(pid) if name in ("make", "gmake") else None

    def told_to_stop(self) -> bool:
        if os.getppid() != self._pid:
            return True
        handled = self._caught & ~_signal_mask(self._pid, "SigCgt")
        return any(handled >> (number - 1) & 1 for number in _SIGNALS)


def _signal_mask(pid: int, field: str) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1], 16) for line in lines if line.startswith(field)), 0)
