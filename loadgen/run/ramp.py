"""Stages as rates, as numbers of users, and each generator's share of both. Pure."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from loadgen.engine import schedule
from loadgen.profiles.model import Profile, Stage

HOLD = "recovery"
"""The stage after the profile's own ones, in which the last target is held."""

_AFTER_S = 0.01
"""After the last arrival, so that it is one."""


class Share(NamedTuple):
    """Generator `nth` of `of`: it has every arrival and user whose number is `nth` modulo `of`."""

    nth: int = 0
    of: int = 1

    def part(self, total: int) -> int:
        """How many of the numbers below `total` are its own."""
        return max(total - self.nth + self.of - 1, 0) // self.of


def stages_of(profile: Profile) -> tuple[Stage, ...]:
    """The profile's stages and, where it holds on, that one. Cell.stage counts in these."""
    if not profile.limit_s:
        return profile.stages
    last = profile.stages[-1].target if profile.stages else profile.start
    return (*profile.stages, Stage(profile.limit_s, last, HOLD))


class Line:
    """The straight lines through the stages' targets; seconds from the run's beginning."""

    def __init__(self, start: float, stages: Sequence[Stage]) -> None:
        self.rates: list[schedule.Stage] = []
        self._ends: list[float] = []
        self._indices: list[int] = []
        before, end = start, 0.0
        for index, stage in enumerate(stages):
            if stage.seconds > 0:
                end += stage.seconds
                self.rates.append(schedule.Stage(stage.seconds, before, stage.target))
                self._ends.append(end)
                self._indices.append(index)
            before = stage.target
        self.last = before
        self.seconds = end

    def stage(self, at: float) -> tuple[int, float, float]:
        """The stage's index at a time, and from when until when it lasts; the last one has no end."""
        if not self._ends:
            return 0, 0.0, math.inf
        nth = min(bisect_right(self._ends, at), len(self._ends) - 1)
        began = self._ends[nth - 1] if nth else 0.0
        return self._indices[nth], began, self._ends[nth] if nth < len(self._ends) - 1 else math.inf

    def arrivals(self, share: Share) -> Iterator[tuple[int, float]]:
        """Number and time of each of the share's arrivals: exactly those of the rate's integral."""
        for number, at in enumerate(schedule.arrivals(self.rates)):
            if number % share.of == share.nth:
                yield number, at

    def due(self, until: float, share: Share) -> int:
        """How many of them there are before `until`: all whole numbers below the integral."""
        total, began = 0.0, 0.0
        for stage in self.rates:
            if until <= began:
                break
            total += _integral(stage, min(until - began, stage.seconds))
            began += stage.seconds
        return share.part(math.ceil(total))

    def changes(self, start: float, share: Share) -> Iterator[tuple[float, int, bool]]:
        """When which of the share's users (numbered from 0) shall begin (True) or end, as k6's ramping-vus
        has it: their number is the line's, rounded towards where it comes from."""
        now, began = 0, 0.0
        yield from _jump(0.0, now, int(start), share)
        now = int(start)
        for stage in self.rates:
            jumped = int(stage.start)
            yield from _jump(began, now, jumped, share)
            now = jumped
            for at, vu, up in _steps(stage, now):
                if vu % share.of == share.nth:
                    yield began + at, vu, up
            now = int(stage.end)
            began += stage.seconds
        yield from _jump(began, now, int(self.last), share)


class Times:
    """The arrivals of a recorded file as a Line gives them, played at `speed` times their rate."""

    def __init__(self, times: Sequence[float], speed: float = 1.0) -> None:
        self._times = sorted(at / speed for at in times)
        self.seconds = self._times[-1] + _AFTER_S if self._times else 0.0

    def arrivals(self, share: Share) -> Iterator[tuple[int, float]]:
        """Number and time of each of the share's arrivals."""
        return ((number, self._times[number]) for number in range(share.nth, len(self._times), share.of))

    def due(self, until: float, share: Share) -> int:
        """How many of them there are before `until`."""
        return share.part(bisect_left(self._times, until))


def _integral(stage: schedule.Stage, seconds: float) -> float:
    if seconds >= stage.seconds:
        return stage.total
    slope = (stage.end - stage.start) / stage.seconds
    return seconds * (stage.start + slope * seconds / 2)


def _jump(at: float, before: int, after: int, share: Share) -> Iterator[tuple[float, int, bool]]:
    up = after > before
    for vu in range(before, after) if up else range(before - 1, after - 1, -1):
        if vu % share.of == share.nth:
            yield at, vu, up


def _steps(stage: schedule.Stage, now: int) -> Iterator[tuple[float, int, bool]]:
    """The line passes whole numbers: on its way up each begins a user, on its way down each ends one."""
    target = int(stage.end)
    slope = (stage.end - stage.start) / stage.seconds
    if target > now:
        for vu in range(now, target):
            yield (vu + 1 - stage.start) / slope, vu, True
    else:
        for vu in range(now - 1, target - 1, -1):
            yield (vu - stage.start) / slope, vu, False
