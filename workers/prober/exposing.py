"""What the prober found out, as metrics."""

import math

import msgspec

from runtime.metrics import (
    AGENTS,
    CATCHUP_SECONDS,
    GROUP_LAG,
    IN_QUEUE,
    LAG_AT,
    LAG_RECORDS,
    LAG_SECONDS,
    LOST_RECORDS,
    OFFERS,
    OLDEST_WAIT_SECONDS,
    POSITION_OFFSET,
    QUEUE_WAIT_SECONDS,
    SERVICE_LEVEL,
)
from schemas.audit import Decided, RoutingEvent
from schemas.lag import Lag
from schemas.states import OfferState
from schemas.summary import Center


class LagGauges:
    """Shows each measurement once."""

    def __init__(self) -> None:
        self._lost: dict[tuple[str, str, str], int] = {}

    def show(self, lag: Lag) -> None:
        """A partition's gauges; what was lost is counted when it is first seen."""
        LAG_AT.set(lag.at_ms / 1000)
        for one in lag.partitions:
            labels = one.group, one.topic, str(one.partition)
            LAG_RECORDS.labels(*labels).set(one.records)
            GROUP_LAG.labels(*labels).set(one.records)
            LAG_SECONDS.labels(*labels).set(one.seconds)
            POSITION_OFFSET.labels(*labels).set(one.next_offset)
            CATCHUP_SECONDS.labels(*labels).set(math.inf if one.catchup_s is None else one.catchup_s)
            LOST_RECORDS.labels(*labels).inc(max(one.lost - self._lost.get(labels, 0), 0))
            self._lost[labels] = one.lost


def show_center(center: Center) -> None:
    """Queues and agents of all pools that have reported."""
    for one in center.queues:
        labels = one.pool, one.now.queue
        IN_QUEUE.labels(*labels).set(one.now.waiting)
        OLDEST_WAIT_SECONDS.labels(*labels).set(one.now.longest_wait_s)
        level = one.recent.service_level
        SERVICE_LEVEL.labels(*labels).set(math.nan if level is None else level)
    for pool in center.pools:
        for state, count in msgspec.structs.asdict(pool.agents).items():
            AGENTS.labels(pool.pool, state).set(count)


def count_offers(event: RoutingEvent) -> None:
    """What became of an offer, and the wait of who got an agent."""
    if event.synthetic:
        return
    if event.offer not in (None, OfferState.COMPLETED):
        OFFERS.labels(event.pool, event.offer).inc()
    if event.event is Decided.ASSIGNED:
        QUEUE_WAIT_SECONDS.labels(event.pool, event.queue).observe(event.waited_s)
