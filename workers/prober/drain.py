"""Whether backlogs grow or go, and when they are gone: pure."""

from collections import deque
from typing import NamedTuple

from msgspec.structs import replace

from schemas.lag import Lag, PartitionLag, Standing

WINDOW_MS = 30_000
NEGLIGIBLE_S = 1.0
"""A lag below it is no backlog: what has just come is about to be processed."""

STUCK_S = 5.0
"""Nothing was processed for so long, though there was something to process: a processor ends itself then, too
(streams/harness/run.py)."""


class _Sample(NamedTuple):
    """Where a group was, and where its log ended."""

    at_ms: int
    next_offset: int
    end: int


class Drains:
    """Hears each measurement once, in order."""

    def __init__(self) -> None:
        self._samples: dict[tuple[str, str, int], deque[_Sample]] = {}

    def judge(self, lag: Lag) -> Lag:
        """The same with each partition's standing and catch-up time."""
        return replace(lag, partitions=tuple(self._judge(lag.at_ms, one) for one in lag.partitions))

    def _judge(self, at_ms: int, one: PartitionLag) -> PartitionLag:
        key = one.group, one.topic, one.partition
        samples = self._samples.setdefault(key, deque())
        now = _Sample(at_ms, one.next_offset, one.next_offset + one.records)
        if samples and now.next_offset < samples[-1].next_offset:
            samples.clear()  # set back, as after a restored database
        samples.append(now)
        while len(samples) > 2 and samples[1].at_ms <= at_ms - WINDOW_MS:
            samples.popleft()
        standing, catchup_s = _standing(samples[0], now, one)
        return replace(one, standing=standing, catchup_s=catchup_s)


def _standing(first: _Sample, now: _Sample, one: PartitionLag) -> tuple[Standing, float | None]:
    """Backlog over the pace at which it shrinks: what is processed less what comes."""
    if not one.records:
        return Standing.OK, 0.0
    seconds = (now.at_ms - first.at_ms) / 1000
    processed, come = now.next_offset - first.next_offset, now.end - first.end
    gone = processed - come
    catchup_s = round(one.records * seconds / gone, 3) if gone > 0 else None
    if one.seconds < NEGLIGIBLE_S:
        return Standing.OK, catchup_s if catchup_s is not None else one.seconds
    if not processed and min(seconds, one.seconds) >= STUCK_S:
        return Standing.STUCK, None
    return (Standing.GROWING, None) if catchup_s is None else (Standing.DRAINING, catchup_s)
