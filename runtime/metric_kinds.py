"""The kinds of metrics: Prometheus's, or with AICC_METRICS=false such as take nothing and show nothing.

Metrics are made when modules are imported, before any settings are read, so the variable is looked at here;
that its value is a good one, the settings say (runtime.settings).
"""

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

SWITCHED_OFF = os.environ.get("AICC_METRICS", "").lower() in ("false", "0")


class Unmeasured:
    """Stands for a counter, gauge or histogram."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def labels(self, *_: object, **__: object) -> "Unmeasured":
        """Itself, whatever the labels."""
        return self

    def inc(self, _: float = 1) -> None:
        """Nothing."""

    def dec(self, _: float = 1) -> None:
        """Nothing."""

    def set(self, _: float) -> None:
        """Nothing."""

    def set_function(self, _: Callable[[], float]) -> None:
        """Nothing: it is never asked."""

    def observe(self, _: float) -> None:
        """Nothing."""

    def collect(self) -> Iterable[object]:
        """No samples."""
        return ()


if TYPE_CHECKING or not SWITCHED_OFF:
    from prometheus_client import Counter, Gauge, Histogram
else:
    Counter = Gauge = Histogram = Unmeasured

__all__ = ["SWITCHED_OFF", "Counter", "Gauge", "Histogram", "Unmeasured"]
