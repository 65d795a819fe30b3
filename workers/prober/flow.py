"""How much goes through the stages, from how far logs and groups have come: pure."""

from collections import Counter, defaultdict, deque
from typing import NamedTuple

from schemas.audit import Decided, RoutingEvent
from schemas.lag import Lag, PartitionLag, Standing
from schemas.ops import ContactFlow, StageFlow, TopicFlow

OVER_MS = 5_000
_WORST = (Standing.OK, Standing.DRAINING, Standing.GROWING, Standing.STUCK)
_COUNTED = {
    Decided.ENQUEUED: "queued",
    Decided.OFFERED: "offered",
    Decided.ASSIGNED: "answered",
    Decided.WRAPPING: "wrapping",
    Decided.COMPLETED: "completed",
}
_LEFT = "customer_abandoned"


class _Sample(NamedTuple):
    """Where each topic ended, and how far each stage had come."""

    at_ms: int
    ends: dict[str, int]
    nexts: dict[tuple[str, str], int]


class Flows:
    """Hears each measurement once, in order. Rates are over the last few seconds."""

    def __init__(self) -> None:
        self._samples: deque[_Sample] = deque()

    def hear(self, lag: Lag) -> tuple[tuple[TopicFlow, ...], tuple[StageFlow, ...]]:
        """What goes through every topic, and what every group makes of it."""
        ends: dict[tuple[str, int], int] = {}
        stages: dict[tuple[str, str], list[PartitionLag]] = defaultdict(list)
        for one in lag.partitions:
            ends[one.topic, one.partition] = one.next_offset + one.records
            stages[one.group, one.topic].append(one)
        totals: dict[str, int] = defaultdict(int)
        for (topic, _), end in ends.items():
            totals[topic] += end
        nexts = {key: sum(one.next_offset for one in those) for key, those in stages.items()}
        first = self._since(now := _Sample(lag.at_ms, dict(totals), nexts))
        seconds = (now.at_ms - first.at_ms) / 1000
        return (
            tuple(TopicFlow(name, _rate(first.ends.get(name), end, seconds)) for name, end in totals.items()),
            tuple(
                _stage(key, those, _rate(first.nexts.get(key), nexts[key], seconds))
                for key, those in stages.items()
            ),
        )

    def _since(self, now: _Sample) -> _Sample:
        if self._samples and now.at_ms <= self._samples[-1].at_ms:
            self._samples.clear()
        self._samples.append(now)
        while len(self._samples) > 2 and self._samples[1].at_ms <= now.at_ms - OVER_MS:
            self._samples.popleft()
        return self._samples[0]


def _rate(before: int | None, after: int, seconds: float) -> float:
    """0 for what was set back, as after a restored database or in a topic made anew."""
    return round(max(after - before, 0) / seconds, 2) if before is not None and seconds > 0 else 0.0


def _stage(key: tuple[str, str], those: list[PartitionLag], per_s: float) -> StageFlow:
    catchups = [one.catchup_s for one in those]
    known = [one for one in catchups if one is not None]
    return StageFlow(
        *key,
        per_s,
        sum(one.records for one in those),
        max(one.seconds for one in those),
        max((one.standing for one in those), key=_WORST.index),
        max(known) if len(known) == len(catchups) else None,
    )


class ContactCounter:
    """Hears each decision when it is new; rates are over the last few seconds."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._seen: deque[tuple[int, Counter[str]]] = deque()

    def hear(self, event: RoutingEvent) -> None:
        """One decision; those that are about no contact change nothing."""
        if name := _COUNTED.get(event.event):
            self._counts[name] += 1
        elif event.event is Decided.CANCELED and event.reason == _LEFT:
            self._counts["abandoned"] += 1

    def read(self, now_ms: int) -> ContactFlow:
        """As of now; called once a second."""
        self._seen.append((now_ms, self._counts.copy()))
        while len(self._seen) > 2 and self._seen[1][0] <= now_ms - OVER_MS:
            self._seen.popleft()
        began_ms, before = self._seen[0]
        seconds = (now_ms - began_ms) / 1000
        names = ContactFlow.__struct_fields__
        return ContactFlow(**{name: _rate(before[name], self._counts[name], seconds) for name in names})
