"""What this gateway does a second, by its own metrics."""

from collections import deque
from typing import NamedTuple

from runtime.metrics import REQUESTS, SOCKET_COMMANDS
from schemas.summary import Rates

_OVER = 5
"""Readings, one a second, that a rate is the mean of."""

_SHED = frozenset({"429", "503"})


class Counts(NamedTuple):
    """Totals since the start, in the order of the fields of Rates."""

    starts: float = 0.0
    messages: float = 0.0
    requests: float = 0.0
    refused: float = 0.0
    errors: float = 0.0


class Meter:
    """Rates over the last few readings."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, Counts]] = deque(maxlen=_OVER + 1)

    def read(self, now: float) -> Rates:
        """As of now, in seconds of a clock that never goes back."""
        self._seen.append((now, count()))
        return rates_between(*self._seen[0], *self._seen[-1])


def rates_between(began: float, before: Counts, now: float, after: Counts) -> Rates:
    """How many of each a second, between two moments."""
    seconds = now - began
    if not seconds:
        return Rates()
    names = Rates.__struct_fields__
    return Rates(**{name: (b - a) / seconds for name, a, b in zip(names, before, after, strict=True)})


def count() -> Counts:
    """What the metrics of this process say now."""
    starts = messages = requests = refused = errors = 0.0
    for sample in (sample for metric in REQUESTS.collect() for sample in metric.samples):
        if not sample.name.endswith("_total"):
            continue
        route, code, value = sample.labels["route"], sample.labels["code"], sample.value
        requests += value
        refused += value * (code in _SHED)
        errors += value * (code.startswith("5") and code not in _SHED)
        starts += value * (route == "/chat/start" and code == "200")
        messages += value * (route == "/chat/message" and code == "200")
    over_sockets = sum(
        s.value for m in SOCKET_COMMANDS.collect() for s in m.samples if s.name.endswith("_total")
    )
    return Counts(starts, messages + over_sockets, requests, refused, errors)
