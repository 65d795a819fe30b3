"""Projections made anew from Kafka's log, as far as its retention goes, by the workers' own code.

A worker of a consumer group of its own reads everything, and the command looks how far it has come. Who
works meanwhile is not disturbed: positions stand beside the data, and whatever comes twice counts once.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from redis.asyncio import Redis

import migrations
from infra.database.connection import CareError, Say
from infra.stack.ports import free_port
from runtime.topic_id import topic_id
from schemas.topics import (
    AGENT_ASSIGNMENTS,
    AUDIT,
    CONFIG,
    CONFIG_AUDIT,
    CONVERSATION_EVENTS,
    ERASURES,
    ROUTING_ANSWERS,
    ROUTING_EVENTS,
    Topic,
)
from workers.batch import Place
from workers.notifier.sink import position_key, topic_key
from workers.settings import WorkerSettings

OF_POSTGRES = (CONVERSATION_EVENTS, ROUTING_EVENTS, CONFIG, CONFIG_AUDIT, AUDIT, ERASURES)
OF_REDIS = (CONVERSATION_EVENTS, AGENT_ASSIGNMENTS, ROUTING_EVENTS, ROUTING_ANSWERS)
FEEDS = ("session:*", "agent:*", "pool:*", "status:session:*", "position:session:*")
"""What the notifier keeps (workers/notifier/feeds.py)."""

_IS_USED = "SELECT EXISTS (SELECT FROM sink_offsets) OR EXISTS (SELECT FROM consultations)"
_EVERY_S = 0.5
_MOST = 1_000
_STOP_S = 20.0


class Extent(NamedTuple):
    """A partition's log when the rebuild began."""

    begin: int
    end: int


Log = Mapping[Place, Extent]


async def rebuild_postgres(settings: WorkerSettings, into: str, say: Say) -> int:
    """Fills an empty database at `into`; how many records were read. Raises CareError."""
    await asyncio.to_thread(migrations.upgrade, into)
    db = await asyncpg.connect(into, timeout=5.0)
    try:
        if await db.fetchval(_IS_USED):
            raise CareError(
                "The database at --into is not empty. Make a new one: this one alone may have older rows."
            )
        log = await _log(settings, OF_POSTGRES)

        async def positions() -> Mapping[Place, int]:
            rows = await db.fetch("SELECT topic, partition, next_offset FROM sink_offsets")
            return {Place(row[0], row[1]): row[2] for row in rows}

        await _run(settings, "persister", {"DATABASE_URL": into}, log, positions, say)
    finally:
        await db.close()
    return sum(one.end - one.begin for one in log.values())


async def rebuild_redis(settings: WorkerSettings, say: Say) -> int:
    """Deletes the feeds in Redis and fills them again; how many records were read. Raises CareError."""
    log = await _log(settings, OF_REDIS)
    places = sorted(log)
    ids = await _ids(settings, {place.topic for place in places})
    redis = Redis.from_url(settings.redis_url)
    try:
        begin: dict[str, Any] = {position_key(place): log[place].begin for place in places}
        begin |= {topic_key(place): ids[place.topic] for place in places}
        await redis.mset(begin)  # first: a notifier that works begins anew, and appends to no old feed
        say(f"{await _delete_feeds(redis)} feeds deleted")

        async def positions() -> Mapping[Place, int]:
            found = await redis.mget([position_key(place) for place in places])
            return {place: int(at) for place, at in zip(places, found, strict=True) if at is not None}

        await _run(settings, "notifier", {}, log, positions, say)
    finally:
        await redis.aclose()
    return sum(one.end - one.begin for one in log.values())


async def _delete_feeds(redis: Redis) -> int:
    deleted = 0
    for pattern in FEEDS:
        lot: list[bytes] = []
        async for key in redis.scan_iter(pattern, count=_MOST):
            lot.append(key)
        for at in range(0, len(lot), _MOST):
            deleted += await redis.unlink(*lot[at : at + _MOST])
    return deleted


async def _log(settings: WorkerSettings, topics: Iterable[Topic]) -> Log:
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        await consumer.topics()
        names = [settings.topic_prefix + topic.name for topic in topics]
        places = [
            TopicPartition(name, number)
            for name in names
            for number in consumer.partitions_for_topic(name) or ()
        ]
        begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    finally:
        await consumer.stop()
    return {Place(*place): Extent(begins[place], ends[place]) for place in places}


async def _ids(settings: WorkerSettings, topics: Iterable[str]) -> Mapping[str, str]:
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        return {topic: await topic_id(consumer._client, topic) for topic in topics}
    finally:
        await consumer.stop()


async def _run(
    settings: WorkerSettings, worker: str, more: Mapping[str, str], log: Log, positions: Any, say: Say
) -> None:
    """Runs the worker until it is through the log as it was. Raises CareError where it ends before."""
    process, said = _start(worker, more)
    try:
        await _watch(process, said, log, positions, say)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(process.wait, _STOP_S)
        process.kill()
        process.wait()


def _start(worker: str, more: Mapping[str, str]) -> "tuple[subprocess.Popen[bytes], Path]":
    """The worker in a group of its own, and the file that it tells things in."""
    own = {
        "AICC_GROUP": f"rebuild-{worker}-{os.getpid()}",
        "AICC_INSTANCE": "rebuild",
        "AICC_METRICS_PORT": str(free_port()),
    }
    with tempfile.NamedTemporaryFile(prefix=f"aicc-rebuild-{worker}-", suffix=".log", delete=False) as out:
        process = subprocess.Popen(
            [sys.executable, "-m", f"workers.{worker}.main"],
            env={**os.environ, **own, **more},
            stdout=out,
            stderr=out,
        )
    return process, Path(out.name)


async def _watch(process: "subprocess.Popen[bytes]", said: Path, log: Log, positions: Any, say: Say) -> None:
    """Tells how much is done, whenever it is more."""
    total, told = sum(one.end - one.begin for one in log.values()), -1
    while True:
        at = await positions()
        left = sum(max(0, one.end - max(at.get(place, 0), one.begin)) for place, one in log.items())
        if total - left != told:
            told = total - left
            say(f"{told:,} of {total:,} records")
        if not left:
            return
        if process.poll() is not None:
            raise CareError(f"The worker ended with status {process.returncode}; it told why in {said}.")
        await asyncio.sleep(_EVERY_S)
