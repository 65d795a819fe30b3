"""Puts the generators' windows of one second together. Pure."""

from loadgen.results.window import Window
from loadgen.run.meter import Heard


class Gathering:
    """Tells a second when everybody who is still at it has told its own, so in order."""

    def __init__(self, generators: int, heard: Heard) -> None:
        self._heard = heard
        self._known = [-1] * generators
        """The last second of each."""
        self._windows: dict[int, Window] = {}
        self._told = -1

    def add(self, nth: int, window: Window) -> None:
        """Generator `nth`'s next window."""
        self._known[nth] = window.second
        there = self._windows.get(window.second)
        if there:
            there.merge(window)
        else:
            self._windows[window.second] = window
        self._tell()

    def over(self, nth: int) -> None:
        """Nothing more comes from it."""
        self._known[nth] = 1 << 60
        self._tell()

    def _tell(self) -> None:
        known = min(self._known)
        while self._windows and self._told < known:
            self._told += 1
            window = self._windows.pop(self._told, None)
            if window:
                self._heard(window)
