"""Counts what happens into Windows, one a second, and tells each when its second is over."""

import asyncio
from collections.abc import Callable
from time import perf_counter, process_time

from loadgen.results.window import Tally, Window
from loadgen.run.ramp import Line

_TICK_S = 0.01
_FOLD_EVERY = 20

Heard = Callable[[Window], None]


class Meter:
    """`began` on perf_counter's clock. A request counts in the second in which it ends, at the stage of its
    intended time. `vus` is kept by who begins and ends them."""

    def __init__(self, line: Line, began: float, heard: Heard, due: Callable[[float], int] | None) -> None:
        self.vus = 0
        self.answered_at = began
        """When the last complete answer came."""
        self.unanswered = False
        """Something got no answer since then."""
        self.counts: dict[str, int] = {}
        self.others: Callable[[], dict[str, int]] = dict
        """What else counts, since it was asked last."""
        self._line = line
        self._began = began
        self._heard = heard
        self._due = due
        self._until_due = float("inf")
        self._due_before = 0
        self._cpu = process_time()
        self._stage, self._stage_from, self._stage_to = 0, 0.0, -1.0
        self.window = self._new(0)
        self._handle: asyncio.TimerHandle | None = None
        self._ticked = began
        self._ticks = 0

    def start(self) -> None:
        """The loop runs: measure its lag from now on."""
        self._ticked = perf_counter()
        self._handle = asyncio.get_running_loop().call_later(_TICK_S, self._tick)

    def stop_counting_due(self, at: float) -> None:
        """Nothing is intended after this time (seconds of the run)."""
        self._until_due = min(self._until_due, at)

    def close(self) -> None:
        """Tells what the last, unfinished second had."""
        if self._handle:
            self._handle.cancel()
        self.roll(perf_counter())
        self._tell()

    def record(
        self, due: float, endpoint: str, kind: str, sent_s: float, intended_s: float, received: int, sent: int
    ) -> None:
        """A request that was due then (perf_counter's clock) has ended at `due + intended_s`."""
        now = due + intended_s
        if now >= self._ends:
            self.roll(now)
        if not self._stage_from <= due < self._stage_to:
            self._look_up(due)
        key = (self._stage, endpoint, kind)
        tally = self._tallies.get(key)
        if tally is None:
            tally = self._tallies[key] = self.window.cell(*key)
        tally.sent.add(sent_s)
        tally.intended.add(intended_s)
        tally.bytes_in += received
        tally.bytes_out += sent

    def count(self, name: str, by: int = 1) -> None:
        """One of Window.counts."""
        self.counts[name] = self.counts.get(name, 0) + by

    def roll(self, now: float) -> None:
        """Tells all windows whose second is over."""
        while now >= self._ends:
            self._tell()
            self.window = self._new(self.window.second + 1)

    def _new(self, second: int) -> Window:
        self._tallies: dict[tuple[int, str, str], Tally] = {}
        self._ends = self._began + second + 1
        return Window(second, self._line.stage(float(second))[0])

    def _tell(self) -> None:
        window = self.window
        cpu = process_time()
        window.cpu_s, self._cpu = cpu - self._cpu, cpu
        window.vus = self.vus
        window.counts, self.counts = self.counts, {}
        for name, count in self.others().items():
            window.counts[name] = window.counts.get(name, 0) + count
        if self._due:
            due = self._due(min(window.second + 1.0, self._until_due))
            window.intended, self._due_before = due - self._due_before, due
        self._heard(window)

    def _look_up(self, due: float) -> None:
        self._stage, began, end = self._line.stage(max(due - self._began, 0.0))
        self._stage_from, self._stage_to = self._began + began, self._began + end

    def _tick(self) -> None:
        now = perf_counter()
        self.roll(now)
        self.window.loop_lag.add(max(now - self._ticked - _TICK_S, 0.0))
        self._ticks += 1
        if self._ticks % _FOLD_EVERY == 0:
            self._fold()
        self._ticked = perf_counter()
        self._handle = asyncio.get_running_loop().call_later(_TICK_S, self._tick)

    def _fold(self) -> None:
        """Folding all at the second's end would hold up the loop for longer."""
        self.window.lateness.fold()
        for tally in self._tallies.values():
            tally.sent.fold()
            tally.intended.fold()
