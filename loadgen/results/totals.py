"""All windows of a run in one: what grows with endpoints and kinds, not with time."""

from collections import Counter
from collections.abc import Callable

from loadgen.engine import Latencies
from loadgen.results.window import Cell, Tally, Window

OK, WRONG, SHED, CONFLICT = "ok", "wrong", "shed", "conflict"
UNANSWERED = frozenset({"refused", "lost", "timeout", "garbled", "closed", "untrusted"})


def is_error(kind: str) -> bool:
    """Neither served nor refused on purpose: a shed request and a conflict are none."""
    return kind not in (OK, SHED, CONFLICT)


def is_expected(kind: str) -> bool:
    """k6's expected_response: the status is one of those expected, whatever the body."""
    return kind in (OK, WRONG)


class Totals:
    """Sums of windows; `of_stage` are the seconds that each stage had."""

    def __init__(self) -> None:
        self.cells: dict[Cell, Tally] = {}
        self.counts: Counter[str] = Counter()
        self.of_stage: Counter[int] = Counter()
        self.intended = self.begun = self.dropped = self.iterations = 0
        self.vus = self.vus_max = 0
        self.vus_min: int | None = None
        self.lateness = Latencies()
        self.loop_lag = Latencies()
        self.cpu_s = 0.0
        self.processes = 0
        self.lasted_s: float | None = None
        """How long the run took, once it is over: its last second is seldom a whole one."""

    def add(self, window: Window) -> None:
        """Takes one second in."""
        for cell, tally in window.cells.items():
            self.cells.setdefault(cell, Tally()).merge(tally)
        self.counts.update(window.counts)
        self.of_stage[window.stage] += 1
        self.intended += window.intended
        self.begun += window.begun
        self.dropped += window.dropped
        self.iterations += window.iterations
        self.vus = window.vus
        self.vus_max = max(self.vus_max, window.vus)
        self.vus_min = window.vus if self.vus_min is None else min(self.vus_min, window.vus)
        self.lateness.merge(window.lateness)
        self.loop_lag.merge(window.loop_lag)
        self.cpu_s += window.cpu_s
        self.processes = max(self.processes, window.processes)

    @property
    def seconds(self) -> float:
        """How long the run took, or as long as windows tell of."""
        return self.of_stage.total() if self.lasted_s is None else self.lasted_s

    @property
    def endpoints(self) -> list[str]:
        """Their names, in the order in which they came up."""
        return list(dict.fromkeys(cell.endpoint for cell in self.cells))

    def tally(self, wanted: Callable[[Cell], bool] = lambda _: True) -> Tally:
        """All wanted cells in one."""
        merged = Tally()
        for cell, tally in self.cells.items():
            if wanted(cell):
                merged.merge(tally)
        return merged

    def count(self, wanted: Callable[[Cell], bool] = lambda _: True) -> int:
        """How many requests ended in the wanted cells."""
        return sum(tally.count for cell, tally in self.cells.items() if wanted(cell))
