"""How many workers a group of consumers needs, by its lag in seconds: pure.

The algorithm is that of Kubernetes' HorizontalPodAutoscaler with a metric of type Value,
`ceil(workers × lag ÷ target)`, with a tolerance, a stabilisation window each way, steps and bounds. Lag says
when there are too few workers and nothing about how many are too many, so where it is known what one does,
arrivals decide how far down it goes.
"""

from dataclasses import dataclass
from math import ceil
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`least` and `most` bound the workers; `partitions` is the group's ceiling: one more has nothing to do.

    Above `target_lag_s` there are too few. `per_worker_per_s` is what one does (records a second, 0: not
    known), and a backlog is to be gone within `catch_up_s`. Up it goes when all recommendations of
    `up_window_s` agree, by `up_step` at a time; down when those of `down_window_s` do, by `down_step`. For
    `settle_s` after a change nothing is changed: partitions move, so the lag says nothing of the workers.
    """

    partitions: int
    least: int = 1
    most: int = 1_000
    target_lag_s: float = 3.0
    per_worker_per_s: float = 0.0
    catch_up_s: float = 60.0
    tolerance: float = 0.1
    up_window_s: float = 0.0
    down_window_s: float = 300.0
    settle_s: float = 15.0
    up_step: int = 4
    down_step: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.least <= self.ceiling:
            raise ValueError("least has to be from 1 to most and to partitions")
        if min(self.target_lag_s, self.catch_up_s) <= 0 or min(self.up_step, self.down_step) < 1:
            raise ValueError("target_lag_s and catch_up_s have to be above 0, steps at least 1")

    @property
    def ceiling(self) -> int:
        """The most workers that can have work."""
        return min(self.most, self.partitions)


class Seen(NamedTuple):
    """A measurement: the age of the oldest record that waits, how many wait, how many come a second, and how
    many workers there are or are being started."""

    at_s: float
    lag_s: float
    backlog: int
    arrivals_per_s: float
    workers: int


class Memory(NamedTuple):
    """What the rule keeps from one decision to the next: recommendations with their times, newest last, and
    when it changed anything."""

    recommended: tuple[tuple[float, int], ...] = ()
    changed_s: float | None = None


class Decision(NamedTuple):
    """How many there should be from now on, and why."""

    workers: int
    reason: str
    memory: Memory


def recommend(rule: Rule, seen: Seen) -> int:
    """The workers that this measurement alone asks for, within the bounds."""
    late = seen.lag_s > rule.target_lag_s * (1 + rule.tolerance)
    if rule.per_worker_per_s:
        per_s = seen.arrivals_per_s + (seen.backlog / rule.catch_up_s if late else 0.0)
        wanted = ceil(per_s / rule.per_worker_per_s)
        # What one does is an estimate; lag is a fact.
        wanted = max(wanted, seen.workers + 1) if late else wanted
    else:
        ratio = seen.lag_s / rule.target_lag_s
        within = abs(ratio - 1) <= rule.tolerance
        wanted = seen.workers if within else ceil(max(seen.workers, 1) * ratio)
    return min(max(wanted, rule.least), rule.ceiling)


def decide(rule: Rule, memory: Memory, seen: Seen) -> Decision:
    """What to do now; `memory` is what the last decision returned."""
    wanted = recommend(rule, seen)
    longest_s = max(rule.up_window_s, rule.down_window_s)
    kept = tuple(one for one in memory.recommended if one[0] >= seen.at_s - longest_s)
    kept = (*kept, (seen.at_s, wanted))
    least_lately = min(one for at_s, one in kept if at_s >= seen.at_s - rule.up_window_s)
    most_lately = max(one for at_s, one in kept if at_s >= seen.at_s - rule.down_window_s)
    if not rule.least <= seen.workers <= rule.ceiling:
        target, reason = min(max(seen.workers, rule.least), rule.ceiling), "outside of the bounds"
    elif memory.changed_s is not None and seen.at_s - memory.changed_s < rule.settle_s:
        target, reason = seen.workers, "settling"
    elif least_lately > seen.workers:
        target, reason = min(least_lately, seen.workers + rule.up_step), f"lag {seen.lag_s:.1f} s"
    elif most_lately < seen.workers and _looked(rule, memory, seen):
        target = max(most_lately, seen.workers - rule.down_step)
        reason = f"no need for {rule.down_window_s:g} s"
    else:
        target, reason = seen.workers, "enough" if wanted <= seen.workers else "stabilising"
    changed_s = seen.at_s if target != seen.workers else memory.changed_s
    return Decision(target, reason, Memory(kept, changed_s))


def _looked(rule: Rule, memory: Memory, seen: Seen) -> bool:
    """Whether it has looked for a whole window: one that was just started knows nothing of the past."""
    oldest = memory.recommended[0][0] if memory.recommended else seen.at_s
    return seen.at_s - oldest >= rule.down_window_s * 0.9 or rule.down_window_s == 0
