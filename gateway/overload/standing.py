"""How far the stages behind the gateway are, from what the prober measures: pure.

The age of the oldest record says how long a stage has been behind; what is admitted now changes it only when
all that came before is done. So the control looks at how long a record that is admitted now will wait: what
is unread, over the rate at which it is being read.
"""

from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

from schemas.lag import Lag

WINDOW_S = 3.5
"""Owners say twice a second how far they are: rates over less than a few seconds would be mostly noise."""

_SEEN_S, _SEEN_LATE_S = 1.0, 1.5
"""Ages up to these are no work left over, and no lateness: owners say twice a second how far they are, the
prober looks once, and on a busy machine both are late."""

_STEEPEST = 4
"""A wait longer than this many times the age is not believed: where little comes, a few records that were
read but not yet reported look like many seconds. So many times as much may come as is being read."""


class Standing(NamedTuple):
    """Of the worst stage: `pressure` is how long a record that is appended now waits, over the stage's
    target; `pace` is what it gets done over what comes in, lately: above 1 while it catches up. `seen`
    and `late` are whether its oldest record is older than what is always seen, and than what is seen late."""

    pressure: float = 0.0
    pace: float = 1.0
    seen: bool = False
    late: bool = False


class _Sample(NamedTuple):
    at_ms: int
    unread: int
    read: int
    age_s: float


class Stages:
    """Takes measurements as they come. `targets_s` is the wait that each consumer group may have."""

    def __init__(self, targets_s: Mapping[str, float]) -> None:
        self._targets_s = targets_s
        self._samples: dict[str, deque[_Sample]] = {group: deque() for group in targets_s}
        self.ages_s: dict[str, float] = {}
        """By group, as measured."""

    def hear(self, lag: Lag) -> Standing:
        """What a newer measurement says."""
        standings = [self._standing(group, lag) for group in self._targets_s]
        return max(standings, default=Standing())

    def _standing(self, group: str, lag: Lag) -> Standing:
        those = [one for one in lag.partitions if one.group == group]
        age_s = self.ages_s[group] = lag.worst_s(group)
        newest = _Sample(
            lag.at_ms, sum(one.records for one in those), sum(one.next_offset for one in those), age_s
        )
        samples = self._samples[group]
        samples.append(newest)
        # One stays that is older, so that there are always two as soon as two have come.
        while len(samples) > 2 and newest.at_ms - samples[1].at_ms >= WINDOW_S * 1000:
            samples.popleft()
        wait_s, pace = _estimate(samples[0], newest)
        return Standing(wait_s / self._targets_s[group], pace, age_s > _SEEN_S, age_s > _SEEN_LATE_S)


def _estimate(before: _Sample, now: _Sample) -> tuple[float, float]:
    """The wait, and the pace."""
    seconds = (now.at_ms - before.at_ms) / 1000
    read = now.read - before.read
    come = read + now.unread - before.unread
    if seconds <= 0 or read < 0 or come < 0:
        # The first measurement, or a topic made anew.
        return now.age_s, 1.0
    if not read:
        return now.age_s, 0.0 if now.unread else 1.0
    wait_s = min(now.unread * seconds / read, _STEEPEST * now.age_s)
    return wait_s, read / come if come else 1.0
