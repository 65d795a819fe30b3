"""Tells gateways which pages of history are not what Postgres has any more, once it is committed."""

import asyncio
import logging
from collections.abc import Collection, Iterable
from pathlib import Path
from secrets import token_hex

from aiokafka import AIOKafkaConsumer, TopicPartition
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from runtime.metrics import HISTORY_RAISES
from runtime.redis_client import bounded_client
from schemas.history_versions import EPOCH, KEY
from workers.batch import Sink
from workers.loop import BatchLoop
from workers.settings import WorkerSettings
from workers.spans import POSTGRES

log = logging.getLogger(__name__)


class Versions:
    """Raises versions beside the storing, which never waits for it. What fails is not tried again: no page is
    kept for as long as that would take."""

    def __init__(self, redis: Redis, timeout_s: float) -> None:
        self._redis, self._timeout_s = redis, timeout_s
        self._script = redis.register_script(Path(__file__).with_name("raise.lua").read_text())
        self._tags: set[str] = set()
        self._raising: asyncio.Task[None] | None = None
        self._failing = False

    def up(self, tags: Collection[str]) -> None:
        """What was committed had these tags. They are raised at once, or right after those under way."""
        self._tags.update(tags)
        if self._tags and (self._raising is None or self._raising.done()):
            self._raising = asyncio.create_task(self._raise_all())

    async def close(self) -> None:
        """Waits for what is under way."""
        if self._raising is not None:
            await self._raising
        await self._redis.aclose(close_connection_pool=True)

    async def _raise_all(self) -> None:
        while self._tags:
            tags, self._tags = self._tags, set()
            try:
                async with asyncio.timeout(self._timeout_s):
                    await self._script(keys=[KEY], args=[token_hex(8), *sorted(tags)])
            except (RedisError, OSError, TimeoutError) as error:
                HISTORY_RAISES.labels("failed").inc()
                self._say(failing=True, why=repr(error))
            else:
                HISTORY_RAISES.labels("raised").inc()
                self._say(failing=False)

    def _say(self, *, failing: bool, why: str = "") -> None:
        """Once, not for every batch."""
        if failing and not self._failing:
            log.warning("gateways can't be told what is stored: pages of history may be old: %s", why)
        elif self._failing and not failing:
            log.info("gateways are told again what is stored")
        self._failing = failing


def versions(url: str, timeout_s: float) -> Versions:
    """On a connection of its own."""
    redis = bounded_client(
        url,
        most=1,
        wait_s=timeout_s,
        socket_connect_timeout=timeout_s,
        socket_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
    )
    return Versions(redis, timeout_s)


class RaisingLoop(BatchLoop):
    """What another member stored of our partitions it may not have lived to tell."""

    store = POSTGRES

    def __init__(
        self, worker: str, consumer: AIOKafkaConsumer, sink: Sink, settings: WorkerSettings, told: Versions
    ) -> None:
        super().__init__(worker, consumer, sink, settings)
        self._told = told

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Takes note."""
        await super().on_partitions_assigned(assigned)
        self._told.up((EPOCH,))
