"""What one sees while a run goes on: a table that is drawn anew each second, or a line now and then."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from loadgen.profiles.model import Stage
from loadgen.results.events import Event
from loadgen.results.now import Now, Recent
from loadgen.results.window import Window

_LINE_EVERY_S = 5
_LOUD = ("target_down", "threshold_broken", "aborted")


class View:
    """`show` takes each second; a context manager. `title` is the profile's name and its target."""

    def __init__(self, console: Console, title: str, stages: Sequence[Stage]) -> None:
        self._console = console
        self._title = title
        self._stages = stages
        self._whole_s = sum(stage.seconds for stage in stages)
        self._recent = Recent()
        # Drawn only when there is something new, and not by a thread beside the loop.
        self._live = (
            Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None
        )

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def show(self, window: Window, events: Sequence[Event]) -> None:
        """One more second."""
        now = self._recent.add(window)
        for event in events:
            style = "red" if event.kind in _LOUD else "dim"
            line = f"{event.at_s:6.0f} s  {event.text}"
            self._console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)
        if self._live:
            self._live.update(self._drawn(now), refresh=True)
        elif (window.second + 1) % _LINE_EVERY_S == 0:
            self._console.print(escape(self._line(now)), highlight=False, soft_wrap=True)

    def _stage(self, now: Now) -> str:
        stage = self._stages[now.stage] if now.stage < len(self._stages) else Stage(0, 0)
        return f"{stage.name or f'stage {now.stage + 1} of {len(self._stages)}'} (to {stage.target:g})"

    def _drawn(self, now: Now) -> Group:
        bar = ProgressBar(total=self._whole_s or None, completed=now.second + 1, width=50)
        left = max(self._whole_s - now.second - 1, 0)
        head = Table.grid(padding=(0, 1))
        head.add_row(bar, f"{now.second + 1} s, {left:.0f} s left", self._stage(now))
        own = f"generator: {now.cores:.2f} cores, begins late by {now.lateness_ms:.2f} ms (p99)"
        return Group(
            Text(self._title, style="bold"), head, self._rates(now), self._latencies(now), Text(own, "dim")
        )

    def _rates(self, now: Now) -> Table:
        table = Table.grid(padding=(0, 3))
        table.add_row(
            f"offered {now.offered:,.0f}/s",
            f"served {now.served:,.0f}/s",
            f"users {now.vus:,}",
            _alarm("errors", now.errors, "red"),
            _alarm("shed", now.shed, "yellow"),
            _alarm("dropped", now.dropped, "yellow"),
        )
        return table

    def _latencies(self, now: Now) -> Table:
        table = Table(box=None, padding=(0, 2))
        for name in ("ms, last 5 s", "p50", "p95", "p99"):
            table.add_column(name, justify="right")
        table.add_row("http_req_duration", *(f"{one:,.1f}" for one in now.duration_ms))
        table.add_row("response_time", *(f"{one:,.1f}" for one in now.response_ms))
        return table

    def _line(self, now: Now) -> str:
        whole = f"{now.second + 1:5} of {self._whole_s:.0f} s"
        slow = f"p95 {now.duration_ms[1]:,.1f} ms, response {now.response_ms[1]:,.1f} ms"
        return (
            f"{whole}  {self._stage(now)}  offered {now.offered:,.0f}/s  served {now.served:,.0f}/s  "
            f"users {now.vus:,}  {slow}  errors {now.errors:,}  shed {now.shed:,}  "
            f"late {now.lateness_ms:.2f} ms  {now.cores:.2f} cores"
        )


def _alarm(name: str, number: int, style: str) -> Text:
    return Text(f"{name} {number:,}", style=style if number else "")
