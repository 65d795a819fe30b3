"""Latencies in an HDR histogram, recorded in batches."""

from collections import Counter

from hdrh.histogram import HdrHistogram

HIGHEST_US = 120_000_000
_DIGITS = 3


class Latencies:
    """Seconds in; a histogram of microseconds with 3 digits, up to 120 s (longer ones count as that).

    One record in the pure-Python histogram costs 1 µs, so `add` is a list's append and whoever adds
    many calls `fold` a few times a second; every reader folds first.
    """

    def __init__(self) -> None:
        self._pending: list[float] = []
        self.add = self._pending.append
        self._histogram = HdrHistogram(1, HIGHEST_US, _DIGITS)

    def fold(self) -> None:
        """Moves what was added into the histogram."""
        counted = Counter([int(seconds * 1e6) for seconds in self._pending])
        self._pending.clear()
        for micros, times in counted.items():
            self._histogram.record_value(min(max(micros, 1), HIGHEST_US), times)

    @property
    def histogram(self) -> HdrHistogram:
        """The HdrHistogram, in microseconds."""
        self.fold()
        return self._histogram

    @property
    def count(self) -> int:
        """How many latencies were added."""
        return int(self.histogram.total_count)

    def percentile_ms(self, percentile: float) -> float:
        """The latency in milliseconds below which `percentile` (0 to 100) of all are; 0 for none."""
        return float(self.histogram.get_value_at_percentile(percentile)) / 1000 if self.count else 0.0

    def merge(self, other: "Latencies") -> None:
        """Adds all of `other`."""
        self.histogram.add(other.histogram)
