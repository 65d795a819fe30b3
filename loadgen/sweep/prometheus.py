"""What a target says of itself at /metrics, between two looks. Pure but for `scrape`."""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families

from loadgen.sweep.metrics import percentile

_TIMEOUT_S = 5.0


@dataclass
class Seen:
    """Counters and histograms at a moment, all labels together. `at_s` is a steady clock's."""

    at_s: float
    values: dict[str, float] = field(default_factory=dict)
    buckets: dict[str, dict[float, float]] = field(default_factory=dict)


def scrape(url: str, at_s: float) -> Seen:
    """Asks the target. Raises OSError, and ValueError for what is no Prometheus text."""
    with urlopen(url, timeout=_TIMEOUT_S) as answer:
        return seen(answer.read().decode(), at_s)


def seen(text: str, at_s: float) -> Seen:
    """Of the text format. Raises ValueError."""
    values: dict[str, float] = defaultdict(float)
    buckets: dict[str, dict[float, float]] = defaultdict(lambda: defaultdict(float))
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name.endswith("_bucket") and "le" in sample.labels:
                buckets[sample.name.removesuffix("_bucket")][float(sample.labels["le"])] += sample.value
            else:
                values[sample.name] += sample.value
    return Seen(at_s, dict(values), {name: dict(one) for name, one in buckets.items()})


def between(before: Seen, after: Seen, name: str, figure: str) -> float | None:
    """`mean` and `p(95)` of a histogram, `rate` a second of a counter, or of a histogram's sum: seconds that
    something was held a second are how many are held on average (L = λ·W, Little 1961). None without any."""
    elapsed = after.at_s - before.at_s
    if figure == "rate":
        total = _grown(before, after, f"{name}_sum", f"{name}_total", name)
        return total / elapsed if total is not None and elapsed > 0 else None
    count = _grown(before, after, f"{name}_count")
    if not count:
        return None
    if figure == "mean":
        total = _grown(before, after, f"{name}_sum")
        return None if total is None else total / count
    share = percentile(figure)
    return None if share is None else _quantile(_more(before, after, name), share / 100)


def _grown(before: Seen, after: Seen, *names: str) -> float | None:
    for name in names:
        if name in after.values:
            return after.values[name] - before.values.get(name, 0.0)
    return None


def _more(before: Seen, after: Seen, name: str) -> list[tuple[float, float]]:
    old = before.buckets.get(name, {})
    return sorted((le, count - old.get(le, 0.0)) for le, count in after.buckets.get(name, {}).items())


def _quantile(buckets: list[tuple[float, float]], share: float) -> float | None:
    """In a straight line within the bucket, as Prometheus' histogram_quantile; the last bound where it is
    beyond all of them."""
    if not buckets or not buckets[-1][1]:
        return None
    wanted, low, below = share * buckets[-1][1], 0.0, 0.0
    for le, count in buckets:
        if count >= wanted:
            if math.isinf(le):
                return low
            return low + (le - low) * ((wanted - below) / (count - below) if count > below else 1.0)
        low, below = le, count
    return low
