"""The service level of the last half hour, folded from routing.events: pure.

Words and formula are those of docs/measures.md (`answered_within_over_queued`); a test holds both together.
"""

from collections import defaultdict

import msgspec

from schemas.audit import Decided, RoutingEvent
from schemas.summary import Service

WITHIN_S = 20.0
WINDOW_S = 1800
_MINUTE_MS = 60_000
_LEFT = "customer_abandoned"


class Queue(msgspec.Struct, frozen=True):
    """A queue of a pool."""

    pool: str
    queue: str


class _Minute(msgspec.Struct, gc=False):
    """Those who came in one minute, by what became of them until now."""

    queued: int = 0
    answered: int = 0
    within: int = 0
    abandoned: int = 0


class _Stay(msgspec.Struct, gc=False):
    """One contact in one queue; the name is empty where it overflows and the next event tells where to."""

    queue: str
    arrived_ms: int
    entered_ms: int
    waits: bool = True


class ServiceLevels:
    """Hears events in the order of the log, each once, synthetic ones left out. Keeps open contacts and a row
    for each minute and queue; counts contacts in the minute in which they came."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], _Stay] = {}
        self._minutes: dict[Queue, dict[int, _Minute]] = defaultdict(dict)

    def hear(self, event: RoutingEvent) -> None:
        """One decision; only those about contacts change anything."""
        if event.synthetic or not event.contact_id:
            return
        key = event.pool, event.contact_id
        stay = self._open.get(key)
        if event.event is Decided.ENQUEUED:
            stay = self._open[key] = _Stay("", event.at_ms, event.at_ms)
            self._enter(event.pool, stay, event.queue)
        elif stay is not None:
            self._find_queue(stay, event)
            self._go_on(stay, event)
            if event.event in (Decided.COMPLETED, Decided.CANCELED):
                del self._open[key]

    def recent(self, now_ms: int) -> dict[Queue, Service]:
        """Each queue to which somebody came in the window that ends now; forgets what lies before it."""
        since = now_ms // _MINUTE_MS - WINDOW_S * 1000 // _MINUTE_MS
        undecided = self._undecided(since, now_ms)
        found: dict[Queue, Service] = {}
        for queue, minutes in self._minutes.items():
            for at in [at for at in minutes if at <= since]:
                del minutes[at]
            if minutes:
                found[queue] = _sum(list(minutes.values()), undecided[queue])
        return found

    def _undecided(self, since: int, now_ms: int) -> dict[Queue, int]:
        """Who waits still, but not yet for too long."""
        counts: dict[Queue, int] = defaultdict(int)
        for (pool, _), stay in self._open.items():
            in_time = now_ms - stay.arrived_ms <= WITHIN_S * 1000
            if stay.waits and in_time and stay.queue and stay.entered_ms // _MINUTE_MS > since:
                counts[Queue(pool, stay.queue)] += 1
        return counts

    def _enter(self, pool: str, stay: _Stay, queue: str) -> None:
        stay.queue = queue
        if queue:
            self._minute(pool, stay).queued += 1

    def _minute(self, pool: str, stay: _Stay) -> _Minute:
        minutes = self._minutes[Queue(pool, stay.queue)]
        return minutes.setdefault(stay.entered_ms // _MINUTE_MS, _Minute())

    def _find_queue(self, stay: _Stay, event: RoutingEvent) -> None:
        """Whoever was answered once stays with the queue that it was answered from."""
        if not stay.waits or not event.queue or stay.queue == event.queue:
            return
        if stay.queue:
            stay.entered_ms = event.at_ms
        self._enter(event.pool, stay, event.queue)

    def _go_on(self, stay: _Stay, event: RoutingEvent) -> None:
        if not stay.waits:
            return
        match event.event:
            case Decided.OVERFLOWED:
                stay.queue, stay.entered_ms = "", event.at_ms
            case Decided.ASSIGNED | Decided.COMPLETED if stay.queue:
                minute, stay.waits = self._minute(event.pool, stay), False
                minute.answered += 1
                minute.within += event.at_ms - stay.arrived_ms <= WITHIN_S * 1000
            case Decided.CANCELED if stay.queue:
                self._cancel(stay, event)

    def _cancel(self, stay: _Stay, event: RoutingEvent) -> None:
        minute = self._minute(event.pool, stay)
        if event.reason == _LEFT:
            minute.abandoned += 1
        elif event.at_ms == stay.entered_ms == stay.arrived_ms:
            minute.queued -= 1  # refused at the door: it never was in the queue


def _sum(minutes: list[_Minute], undecided: int) -> Service:
    queued, within = sum(one.queued for one in minutes), sum(one.within for one in minutes)
    decided = queued - undecided
    return Service(
        queued=queued,
        answered=sum(one.answered for one in minutes),
        abandoned=sum(one.abandoned for one in minutes),
        service_level=within / decided if decided > 0 else None,
    )
