"""The last few seconds of a run as figures to look at. Pure."""

from collections import deque
from dataclasses import dataclass

from loadgen.results.totals import OK, SHED, Totals, is_error
from loadgen.results.window import Window

_SECONDS = 5


@dataclass(frozen=True)
class Now:
    """Rates a second and milliseconds, of the last 5 s; `lateness_ms` is the p99, `cores` what the generator
    takes. `errors` and `shed` are those of the whole run."""

    second: int
    stage: int
    offered: float
    served: float
    ended: float
    vus: int
    duration_ms: tuple[float, ...]
    response_ms: tuple[float, ...]
    errors: int
    shed: int
    dropped: int
    lateness_ms: float
    cores: float


class Recent:
    """Remembers the last seconds."""

    def __init__(self) -> None:
        self._windows: deque[Window] = deque(maxlen=_SECONDS)
        self._errors = self._shed = self._dropped = 0

    def add(self, window: Window) -> Now:
        """The figures with this second."""
        self._windows.append(window)
        self._dropped += window.dropped
        for cell, tally in window.cells.items():
            self._errors += tally.count if is_error(cell.kind) else 0
            self._shed += tally.count if cell.kind == SHED else 0
        return self._figures(window)

    def _figures(self, last: Window) -> Now:
        recent = Totals()
        for window in self._windows:
            recent.add(window)
        every, seconds = recent.tally(), len(self._windows)
        return Now(
            second=last.second,
            stage=last.stage,
            offered=recent.begun / seconds,
            served=recent.count(lambda cell: cell.kind == OK) / seconds,
            ended=every.count / seconds,
            vus=last.vus,
            duration_ms=tuple(every.sent.percentiles_ms(50, 95, 99)),
            response_ms=tuple(every.intended.percentiles_ms(50, 95, 99)),
            errors=self._errors,
            shed=self._shed,
            dropped=self._dropped,
            lateness_ms=recent.lateness.percentile_ms(99),
            cores=recent.cpu_s / seconds,
        )
