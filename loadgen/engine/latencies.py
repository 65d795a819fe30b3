"""Latencies in the buckets of an HDR histogram, of which only those that occur are held."""

from collections import Counter
from collections.abc import Mapping
from functools import cache

from hdrh.histogram import HdrHistogram

HIGHEST_US = 120_000_000
_DIGITS = 3
_EXACT_BITS = 11
"""Microseconds below 2 ** 11 have a bucket each; above, 2 ** 10 buckets cover each doubling."""
_KNOWN = 1 << 19


class Latencies:
    """Seconds in; counts of microseconds to 3 digits, up to 120 s (longer ones count as that).

    `add` is a list's append, and whoever adds many calls `fold` a few times a second; every reader folds
    first. The buckets are HdrHistogram's own, so `histogram` holds exactly what it would have recorded,
    but an empty one takes 300 bytes instead of 160 KB: a run has many thousands, most with few values.
    """

    __slots__ = ("_counts", "_folded", "_pending", "add")

    def __init__(self) -> None:
        self._pending: list[float] = []
        self.add = self._pending.append
        self._counts: Counter[int] = Counter()
        self._folded = 0

    def fold(self) -> None:
        """Moves what was added into the buckets."""
        if not self._pending:
            return
        known = _buckets()
        self._counts.update(
            [
                known[micros] if 0 <= (micros := int(seconds * 1e6)) < _KNOWN else bucket(micros)
                for seconds in self._pending
            ]
        )
        self._folded += len(self._pending)
        self._pending.clear()

    @property
    def counts(self) -> Mapping[int, int]:
        """How many there are by bucket, in no order."""
        self.fold()
        return self._counts

    @property
    def histogram(self) -> HdrHistogram:
        """A new HdrHistogram, in microseconds."""
        histogram = HdrHistogram(1, HIGHEST_US, _DIGITS)
        for number, times in self.counts.items():
            histogram.record_value(lowest_us(number), times)
        return histogram

    @property
    def count(self) -> int:
        """How many latencies were added."""
        return self._folded + len(self._pending)

    @property
    def mean_ms(self) -> float:
        """To 3 digits; 0 for none."""
        total = sum(_middle_us(number) * times for number, times in self.counts.items())
        return total / self.count / 1000 if self.count else 0.0

    def percentile_ms(self, percentile: float) -> float:
        """The latency in milliseconds below which `percentile` (0 to 100) of all are; 0 for none."""
        return self.percentiles_ms(percentile)[0]

    def percentiles_ms(self, *percentiles: float) -> list[float]:
        """Several in one go, each as HdrHistogram gives it: a bucket's highest value, its lowest for 0."""
        counts = sorted(self.counts.items())
        found = []
        for percentile in percentiles:
            wanted = max(int(min(percentile, 100.0) / 100 * self.count + 0.5), 1)
            below = 0
            for number, times in counts:
                below += times
                if below >= wanted:
                    found.append((_highest_us(number) if percentile else lowest_us(number)) / 1000)
                    break
            else:
                found.append(0.0)
        return found

    def above(self, seconds: float) -> int:
        """How many took longer, to 3 digits."""
        limit = bucket(int(seconds * 1e6))
        return sum(times for number, times in self.counts.items() if number > limit)

    def merge(self, other: "Latencies") -> None:
        """Adds all of `other`."""
        self._folded += other.count
        self._counts.update(other.counts)

    def pack(self) -> dict[int, int]:
        """What `unpack` takes in another process: plain numbers, nothing lost."""
        return dict(self.counts)

    @classmethod
    def unpack(cls, packed: Mapping[int, int]) -> "Latencies":
        """The latencies that were packed."""
        made = cls()
        made._counts = Counter(packed)
        made._folded = sum(packed.values())
        return made


def bucket(micros: int) -> int:
    """The number of the bucket, as HdrHistogram counts them (hdrhistogram.github.io, countsArrayIndex)."""
    micros = min(max(micros, 1), HIGHEST_US)
    shift = max(micros.bit_length() - _EXACT_BITS, 0)
    return (shift << (_EXACT_BITS - 1)) + (micros >> shift)


def lowest_us(number: int) -> int:
    """The lowest microseconds in a bucket."""
    shift = _shift(number)
    return (number - (shift << (_EXACT_BITS - 1))) << shift


@cache
def _buckets() -> list[int]:
    """The buckets of the first half second's microseconds: looking up costs a quarter of computing."""
    table = list(range(1 << _EXACT_BITS))
    table[0] = bucket(0)
    while len(table) < _KNOWN:
        number = bucket(len(table))
        table += [number] * (_highest_us(number) - lowest_us(number) + 1)
    return table


def _highest_us(number: int) -> int:
    return lowest_us(number) + (1 << _shift(number)) - 1


def _middle_us(number: int) -> int:
    return lowest_us(number) + ((1 << _shift(number)) >> 1)


def _shift(number: int) -> int:
    return max((number >> (_EXACT_BITS - 1)) - 1, 0)
