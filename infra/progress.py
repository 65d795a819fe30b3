"""Lines on the terminal that say what is being waited for and how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

_STILL_S = 5.0


class Progress:
    """On a terminal a spinner while a step lasts; elsewhere a line every few seconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._step = ""
        self._began = self._said = 0.0

    @contextmanager
    def step(self, name: str, doing: str = "starting", done: str = "ready") -> Iterator[None]:
        self._step, self._began = f"{name:<14} {doing}", time.monotonic()
        self._said = self._began
        with self._console.status(self._step):
            yield
        self._step = ""
        seconds = time.monotonic() - self._began
        self._console.print(f"[green]✓[/] {name:<14} {done:<9}[dim]{seconds:6.1f} s[/]", highlight=False)

    def waiting(self) -> None:
        """Called while a step goes on."""
        now = time.monotonic()
        if self._step and not self._console.is_terminal and now - self._said >= _STILL_S:
            self._said = now
            self._console.print(f"  {self._step} … {now - self._began:.0f} s", highlight=False)

    def say(self, text: str, style: str = "") -> None:
        self._console.print(escape(text), style=style, highlight=False, soft_wrap=True)

    def addresses(self, rows: Mapping[str, str]) -> None:
        for name, address in rows.items():
            self.say(f"  {name:<10} {address}")
