"""aicc-prober: each second the lag of every consumer, for Prometheus and in Redis for admission; how the
pools are doing; how good estimated waits were; and all of this in one piece for the ops page."""

import asyncio
import logging
import time
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from redis.asyncio import Redis
from redis.exceptions import RedisError

from runtime.kafka import client_options, producer_options
from runtime.redis_client import redis_client
from schemas.audit import RoutingEvent
from schemas.codec import encode
from schemas.lag import KEY, TTL_S, Lag
from schemas.topics import POOL_REPORTS, POSITIONS, ROUTING_EVENTS
from workers.backoff import persist
from workers.prober.broker import PASSING, Broker
from workers.prober.center import CenterBoard
from workers.prober.decisions import Decisions, Hear
from workers.prober.drain import Drains
from workers.prober.exposing import LagGauges, count_offers
from workers.prober.overview import Gathered, follow_overview
from workers.prober.probe import measure, stages
from workers.prober.reports import Reports
from workers.prober.service import WINDOW_S, ServiceLevels
from workers.prober.surroundings import follow_surroundings
from workers.prober.waits import count
from workers.process import Ready, run_worker, started
from workers.settings import WorkerSettings

log = logging.getLogger(__name__)


class ProberSettings(WorkerSettings, frozen=True, kw_only=True):
    """`every_s`: from one measurement to the next. `certificates`: files (PEM), apart by commas, whose end is
    shown."""

    every_s: float = 1.0
    certificates: str = ""
    nice: int = 0


async def probe(settings: ProberSettings, stop: asyncio.Event, ready: Ready) -> None:
    """Runs until `stop`."""
    positions = settings.topic_prefix + POSITIONS.name
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(redis_client(settings.redis_url, socket_timeout=1.0))
        broker = await _broker(settings, stack, positions)
        reports = Reports(await _reader(settings, stack), positions)
        await persist(reports.begin, PASSING, settings.patience_s, "reading positions")
        events = settings.topic_prefix + ROUTING_EVENTS.name
        levels, gathered = ServiceLevels(), Gathered()
        reader = await _reader(settings, stack, 1 << 20)
        decisions = Decisions(broker, reader, events, WINDOW_S, _hear(levels, gathered))
        await persist(decisions.begin, PASSING, settings.patience_s, "reading routing events")
        told = settings.topic_prefix + POOL_REPORTS.name
        board = CenterBoard(broker, await _reader(settings, stack, 1 << 20), told, levels, gathered)
        await asyncio.gather(
            _measure(settings, stop, ready, broker, reports, redis, gathered),
            decisions.follow(stop, settings.patience_s),
            board.follow(redis, stop, settings.patience_s),
            _surroundings(settings, broker, stop),
            follow_overview(gathered, redis, stop),
        )


async def _surroundings(settings: ProberSettings, broker: Broker, stop: asyncio.Event) -> None:
    groups = sorted({stage.group for stage in stages(settings.topic_prefix)})
    files = [Path(name.strip()) for name in settings.certificates.split(",") if name.strip()]
    await follow_surroundings(broker, groups, files, stop)


def _hear(levels: ServiceLevels, gathered: Gathered) -> Hear:
    def hear(event: RoutingEvent, is_new: bool) -> None:
        levels.hear(event)
        if is_new:
            count(event)
            count_offers(event)
            gathered.hear_decision(event)

    return hear


async def _measure(
    settings: ProberSettings,
    stop: asyncio.Event,
    ready: Ready,
    broker: Broker,
    reports: Reports,
    redis: Redis,
    gathered: Gathered,
) -> None:
    """The lag, until `stop`."""
    measured = 0.0
    ready(lambda: time.monotonic() - measured < TTL_S)
    of, drains, gauges = stages(settings.topic_prefix), Drains(), LagGauges()
    while not stop.is_set():
        lag = drains.judge(
            await persist(lambda: measure(broker, reports, of), PASSING, settings.patience_s, "measuring")
        )
        measured = time.monotonic()
        gauges.show(lag)
        gathered.hear_lag(lag)
        await _publish(redis, lag)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), settings.every_s)


async def _publish(redis: Redis, lag: Lag) -> None:
    """Sets the key, where there is Redis."""
    try:
        await redis.set(KEY, encode(lag), ex=TTL_S)
    except (RedisError, OSError) as error:
        log.warning("the lag is not in Redis: %r", error)


async def _broker(settings: ProberSettings, stack: AsyncExitStack, clock_topic: str) -> Broker:
    admin = AIOKafkaAdminClient(**client_options(settings.kafka_bootstrap))
    stack.push_async_callback(admin.close)
    await persist(admin.start, PASSING, settings.patience_s, "connecting to Kafka")
    producer = AIOKafkaProducer(**producer_options(settings.kafka_bootstrap, "prober"))
    await started(producer, stack, settings.patience_s)
    return Broker(await _reader(settings, stack), admin, producer, clock_topic)


async def _reader(
    settings: ProberSettings, stack: AsyncExitStack, fetch_bytes: int = 16_384
) -> AIOKafkaConsumer:
    """A consumer of no group; by default it fetches as little as can be."""
    consumer = AIOKafkaConsumer(
        **client_options(settings.kafka_bootstrap),
        client_id="prober",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=fetch_bytes,
        fetch_max_wait_ms=100,
    )
    return await started(consumer, stack, settings.patience_s)


def main() -> None:
    """The command."""
    run_worker("prober", ProberSettings, probe, "Measures how far each consumer group lags.")


if __name__ == "__main__":
    main()
