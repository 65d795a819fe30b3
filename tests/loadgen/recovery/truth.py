"""Signals of a service with a known queue, and when they truly are back: what must be found."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from loadgen.recovery import Outcome

PLATEAU_S = 120
LEVEL_AT = 30


@dataclass(frozen=True)
class Case:
    """`truth_s` is how long the true, noiseless backlog takes after the load's return to fall below what half
    a second of it is; None where it never does while it is watched."""

    kind: str
    offered: list[float]
    signals: dict[str, list[float]]
    outcome: Outcome
    truth_s: float | None
    capacity: float


@dataclass(frozen=True)
class _Shape:
    """A fluid queue: `rate` offered, `peak` in the spike, `capacity` served, `after` after it."""

    rate: float
    peak: float
    spike_s: int
    capacity: float
    after: float
    watched_s: int


def case(kind: str, seed: int) -> Case:
    """One of KINDS, with all its numbers drawn from `seed`."""
    rng = Random(f"{kind}:{seed}")
    return _noisy(kind, KINDS[kind](rng), rng)


def _recovering(rng: Random) -> _Shape:
    rate = rng.uniform(50, 2000)
    capacity = rate * rng.uniform(1.4, 3)
    peak, spike_s = capacity * rng.uniform(1.3, 2.5), rng.randrange(20, 90)
    drain_s = (peak - capacity) * spike_s / (capacity - rate)
    return _Shape(rate, peak, spike_s, capacity, capacity, math.ceil(drain_s) + rng.randrange(60, 120))


def _slow(rng: Random) -> _Shape:
    """Still draining when the watching ends, more than a hold's length before its time."""
    shape = _recovering(rng)
    drain_s = (shape.peak - shape.capacity) * shape.spike_s / (shape.capacity - shape.rate)
    stretched = max(1.0, 240 / drain_s)
    longer = _Shape(
        shape.rate, shape.peak, math.ceil(shape.spike_s * stretched), shape.capacity, shape.capacity, 0
    )
    drain_s = (longer.peak - longer.capacity) * longer.spike_s / (longer.capacity - longer.rate)
    return replace(longer, watched_s=int(drain_s * rng.uniform(0.4, 0.8)))


def _metastable(rng: Random) -> _Shape:
    """What was lost in the spike does not come back: as much is served as is asked for, or less."""
    shape = _recovering(rng)
    after = shape.rate * rng.uniform(0.9, 1.0)
    return _Shape(shape.rate, shape.peak, shape.spike_s, shape.capacity, after, rng.randrange(120, 400))


def _calm(rng: Random) -> _Shape:
    """The spike stays below the capacity."""
    rate = rng.uniform(50, 2000)
    return _Shape(rate, rate * 1.8, rng.randrange(20, 90), rate * 2, rate * 2, 90)


KINDS: dict[str, Callable[[Random], _Shape]] = {
    "recovering": _recovering,
    "noisy": _recovering,
    "gaps": _recovering,
    "slow": _slow,
    "metastable": _metastable,
    "calm": _calm,
}


def _noisy(kind: str, shape: _Shape, rng: Random) -> Case:
    noise = 0.25 if kind == "noisy" else 0.08
    offered = [shape.rate * at / LEVEL_AT for at in range(LEVEL_AT)]
    offered += [shape.rate] * PLATEAU_S + [shape.peak] * shape.spike_s + [shape.rate] * shape.watched_s
    t1 = LEVEL_AT + PLATEAU_S + shape.spike_s
    backlog, backlogs = 0.0, []
    for at, arrived in enumerate(offered):
        backlogs.append(backlog)
        backlog = max(0.0, backlog + arrived - (shape.capacity if at < t1 else shape.after))
    way_s = rng.uniform(0.002, 0.02)
    drawn = [max(-2.5, min(2.5, rng.gauss(0, 1))) for _ in range(3 * len(offered))]
    lag = [b + shape.rate * 0.05 * math.exp(noise * drawn[3 * n]) for n, b in enumerate(backlogs)]
    lag_s = [b / shape.capacity + 0.05 * math.exp(noise * drawn[3 * n + 1]) for n, b in enumerate(backlogs)]
    times = [
        1000 * (b / shape.capacity + way_s * math.exp(noise * drawn[3 * n + 2]))
        for n, b in enumerate(backlogs)
    ]
    signals = {"lag_records": lag, "lag_s": lag_s, "response_p95_ms": times}
    if kind == "gaps":
        for values in signals.values():
            for at in rng.sample(range(len(values)), len(values) // 100):
                values[at] = math.nan
    outcome = {
        "slow": Outcome.NOT_WITHIN_LIMIT,
        "metastable": Outcome.METASTABLE,
        "calm": Outcome.NOT_STRESSED,
    }.get(kind, Outcome.RECOVERED)
    truth = None
    if outcome == Outcome.RECOVERED:
        truth = backlogs[t1] / (shape.after - shape.rate)
    return Case(kind, offered, signals, outcome, truth, shape.capacity)
