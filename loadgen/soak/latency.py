"""Whether answers become slower in the course of a run. Pure."""

import math
from collections.abc import Sequence

from loadgen.results.totals import SHED
from loadgen.results.window import Tally, Window
from loadgen.soak.trend import Trend, trend


def p95_trend(windows: Sequence[Window], warm_up_s: float) -> Trend | None:
    """Milliseconds an hour of each second's p95 of response_time, of all that was not shed; None where the
    run is too short."""
    values = [_p95(window) for window in windows]
    block_s = min(60.0, (len(windows) - warm_up_s) / 6)
    if block_s <= 0:
        return None
    try:
        return trend([float(window.second) for window in windows], values, warm_up_s, block_s)
    except ValueError:
        return None


def _p95(window: Window) -> float:
    whole = Tally()
    for cell, tally in window.cells.items():
        if cell.kind != SHED:
            whole.merge(tally)
    return whole.intended.percentile_ms(95) if whole.count else math.nan
