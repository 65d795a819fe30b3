"""aicc-persister: conversation.events, config, its audit and that of staff into Postgres."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer

from runtime.kafka import producer_options
from runtime.objects import open_store
from schemas.topics import AUDIT, CONFIG, CONFIG_AUDIT, CONVERSATION_EVENTS, ERASURES, ROUTING_EVENTS, Topic
from workers.dead_letters import DeadLetters
from workers.persister.counting import Intervals
from workers.persister.erasing import Erasures, Guard, Told
from workers.persister.images import Images
from workers.persister.months import keep_months_ahead
from workers.persister.raising import RaisingLoop, versions
from workers.persister.sink import SINK, PostgresSink
from workers.persister.tables import ConfigChanges, Events, Pools, Table
from workers.persister.trail import Trail
from workers.postgres import connections
from workers.process import Ready, member, run_worker, started
from workers.settings import WorkerSettings

log = logging.getLogger(__name__)
ERASING = 1
"""Connections beside those that store partitions."""


class PersisterSettings(WorkerSettings, frozen=True, kw_only=True):
    """`connections`: how many partitions are stored at a time.
    `redis_timeout_s`: for telling gateways which pages of history changed; nothing waits for it.
    """

    connections: int = 4
    statement_timeout_s: float = 10.0
    redis_timeout_s: float = 0.2
    dead_letter_limit: int = 1_000
    batch_records: int = 5_000
    batch_bytes: int = 4 << 20
    fetch_min_bytes: int = 65_536
    nice: int = 10


async def store(settings: PersisterSettings, stop: asyncio.Event, ready: Ready) -> None:
    """Runs until `stop`."""
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            await connections(
                settings.database_url,
                settings.connections + ERASING,
                settings.statement_timeout_s,
                settings.patience_s,
            )
        )
        producer = AIOKafkaProducer(**producer_options(settings.kafka_bootstrap, f"{SINK}-letters"))
        await started(producer, stack, settings.patience_s)
        objects = open_store(settings)
        stack.push_async_callback(objects.close)
        tables = _tables(settings, pool, Told(producer, settings.topic_prefix, Images(objects)))
        consumer = await member(SINK, settings, stack)
        months = asyncio.create_task(keep_months_ahead(pool))
        stack.callback(months.cancel)
        told = versions(settings.redis_url, settings.redis_timeout_s)
        stack.push_async_callback(told.close)
        letters = DeadLetters(producer, settings.dead_letter_limit)
        sink = PostgresSink(pool, tables, letters, committed=told.up)
        loop = RaisingLoop(SINK, consumer, sink, settings, told)
        ready(loop.ready)
        await loop.run(tables, stop)


def _tables(settings: PersisterSettings, pool: asyncpg.Pool, told: Told) -> Mapping[str, Table[Any]]:
    tables: tuple[tuple[Topic, Table[Any]], ...] = (
        (CONVERSATION_EVENTS, Events(Guard(told, settings.erasure_key))),
        (ROUTING_EVENTS, Intervals()),
        (CONFIG, Pools()),
        (CONFIG_AUDIT, ConfigChanges()),
        (AUDIT, Trail()),
        (ERASURES, Erasures(pool, told, settings.erasure_key)),
    )
    return {settings.topic_prefix + topic.name: table for topic, table in tables}


def main() -> None:
    """The command."""
    run_worker("persister", PersisterSettings, store, "Writes consultations and messages to Postgres.")


if __name__ == "__main__":
    main()
