"""The summary of all pools: what they report, and the service levels; published in Redis."""

import asyncio
import logging
import time
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from msgspec.structs import replace
from redis.asyncio import Redis
from redis.exceptions import RedisError

from schemas.codec import encode
from schemas.summary import (
    CENTER_KEY,
    CENTER_TTL_S,
    Center,
    PoolAgents,
    PoolReport,
    QueueSummary,
    Service,
    decode_report,
)
from workers.backoff import persist
from workers.prober.broker import PASSING, Broker
from workers.prober.exposing import show_center
from workers.prober.overview import Gathered
from workers.prober.service import WINDOW_S, WITHIN_S, Queue, ServiceLevels

log = logging.getLogger(__name__)
EVERY_S = 0.25
_LOOK_S = 1.0
_KEPT_MS = 3_600_000
"""As long as the topic keeps reports: so a restart shows the same pools."""


def summarize(reports: dict[str, PoolReport], levels: ServiceLevels, now_ms: int) -> Center:
    """Every pool that has reported within an hour, in the order of names."""
    recent = levels.recent(now_ms)
    fresh = [one for _, one in sorted(reports.items()) if now_ms - one.at_ms < _KEPT_MS]
    return Center(
        at_ms=now_ms,
        within_s=WITHIN_S,
        window_s=WINDOW_S,
        queues=tuple(
            QueueSummary(pool=one.pool, now=now, recent=recent.get(Queue(one.pool, now.queue), Service()))
            for one in fresh
            for now in one.queues
        ),
        pools=tuple(PoolAgents(pool=one.pool, at_ms=one.at_ms, agents=one.agents) for one in fresh),
    )


def as_of(report: PoolReport, at_ms: int) -> PoolReport:
    """The same at the time of its record. Waits in it are as of the last command or tick of the pool."""
    behind_s = max(0, at_ms - report.at_ms) / 1000
    queues = (
        replace(one, longest_wait_s=round(one.longest_wait_s + behind_s, 3)) if one.waiting else one
        for one in report.queues
    )
    return replace(report, at_ms=at_ms, queues=tuple(queues))


class CenterBoard:
    """Reads pool.reports with a consumer of no group that is used for nothing else."""

    def __init__(
        self,
        broker: Broker,
        consumer: AIOKafkaConsumer,
        topic: str,
        levels: ServiceLevels,
        gathered: Gathered,
    ) -> None:
        self._broker, self._consumer, self._topic, self._levels = broker, consumer, topic, levels
        self._gathered = gathered
        self._reports: dict[str, PoolReport] = {}

    async def begin(self) -> bool:
        """From the beginning of the topic, which keeps an hour; False while there is none."""
        tps = [TopicPartition(*place) for place in await self._broker.places(self._topic)]
        if tps:
            self._consumer.assign(tps)
            await self._consumer.seek_to_beginning(*tps)
        return bool(tps)

    async def follow(self, redis: Redis, stop: asyncio.Event, patience_s: float) -> None:
        """Publishes what was reported, until `stop`: soon after each report, at least every second."""
        while not stop.is_set():
            if not self._consumer.assignment():
                await persist(self.begin, PASSING, patience_s, "reading reports")
            await self._take()
            await self._publish(redis)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), EVERY_S)

    async def _take(self) -> None:
        if not self._consumer.assignment():
            await asyncio.sleep(_LOOK_S)
            return
        for records in (await self._consumer.getmany(timeout_ms=int(_LOOK_S * 1000))).values():
            for record in records:
                try:
                    report = decode_report(record.value or b"")
                except ValueError as error:
                    log.warning("a report is passed over: %s", error)
                    continue
                self._reports[report.pool] = as_of(report, record.timestamp)

    async def _publish(self, redis: Redis) -> None:
        center = summarize(self._reports, self._levels, time.time_ns() // 1_000_000)
        show_center(center)
        self._gathered.center = center
        try:
            await redis.set(CENTER_KEY, encode(center), ex=CENTER_TTL_S)
        except (RedisError, OSError) as error:
            log.warning("the summary is not in Redis: %r", error)
