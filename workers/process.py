"""A worker as a process: settings, logs, health, signals, exit status."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import NoReturn, Protocol, TypeVar

import uvloop
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from runtime.command import service_settings
from runtime.health import serve_health
from runtime.kafka import client_options
from runtime.pacing import pace
from runtime.pulse import feel_pulse
from runtime.starting import start_telling
from schemas.topics import MAX_RECORD_BYTES
from workers.backoff import persist
from workers.errors import WorkerError
from workers.settings import WorkerSettings

S = TypeVar("S", bound=WorkerSettings)
STOP_S = 4.0
log = logging.getLogger(__name__)


class Client(Protocol):
    """A consumer or producer of aiokafka."""

    async def start(self) -> None:
        """Connects; may be tried again."""

    async def stop(self) -> None:
        """Disconnects."""


C = TypeVar("C", bound=Client)


class Ready(Protocol):
    """Takes the function that says whether the process is ready."""

    def __call__(self, ready: Callable[[], bool], /) -> None: ...


Main = Callable[[S, asyncio.Event, Ready], Awaitable[None]]


def run_worker(name: str, kind: type[S], main: Main[S], purpose: str) -> NoReturn:
    """Runs `main(settings, stop, say_ready)` until SIGTERM or SIGINT set `stop`.

    Exits 0 after a stop and 1 after a WorkerError; a bug ends it with a traceback.
    """
    settings = service_settings(kind, purpose)
    start_telling(name, settings)
    os.nice(settings.nice)
    logging.getLogger("aiokafka").setLevel(logging.WARNING)
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    try:
        asyncio.run(_run(settings, main))
    except WorkerError as error:
        log.error("%s", error)
        sys.exit(1)
    sys.exit(0)


async def _run(settings: S, main: Main[S]) -> None:
    stop = asyncio.Event()
    ready: list[Callable[[], bool]] = []
    serve_health(
        settings.metrics_port,
        lambda: bool(ready) and not stop.is_set() and ready[0](),
        settings.metrics_host,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    pulse = asyncio.ensure_future(feel_pulse())
    running = asyncio.ensure_future(main(settings, stop, ready.append))
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
    done, _ = await asyncio.wait({running}, timeout=STOP_S)
    pulse.cancel()
    if not done:
        log.warning("not finished %g s after the signal: what is in hand is dropped, not stored", STOP_S)
        running.cancel()
        await asyncio.wait({running}, timeout=0.5)
        return
    await running


async def member(worker: str, settings: WorkerSettings, stack: AsyncExitStack) -> AIOKafkaConsumer:
    """A consumer of the group `worker`, started once the broker is there and stopped with the stack. Raises
    GivenUp. Membership is static: restarted, it has its partitions at once."""
    consumer = await started(_consumer(worker, settings), stack, settings.patience_s)
    pace(consumer, settings.fetch_rest_ms)
    return consumer


def _consumer(worker: str, settings: WorkerSettings) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        **client_options(settings.kafka_bootstrap),
        client_id=f"{worker}-{settings.instance}",
        group_id=settings.topic_prefix + (settings.group or worker),
        group_instance_id=f"{worker}-{settings.instance}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=settings.session_timeout_ms,
        heartbeat_interval_ms=settings.session_timeout_ms // 5,
        # Nothing is polled while all partitions wait for the sink.
        max_poll_interval_ms=int(1_000 * settings.rebalance_s),
        # A topic deleted and made anew is assigned again within this.
        metadata_max_age_ms=5_000,
        # A seek waits for the fetch under way: without new records, this long.
        fetch_max_wait_ms=settings.fetch_wait_ms,
        fetch_min_bytes=settings.fetch_min_bytes,
        max_partition_fetch_bytes=max(settings.batch_bytes, MAX_RECORD_BYTES + 48_576),
    )


async def started(client: C, stack: AsyncExitStack, patience_s: float) -> C:
    """A Kafka client, started once the broker is there and stopped with the stack. Raises GivenUp."""
    stack.push_async_callback(client.stop)
    await persist(client.start, (KafkaError, OSError), patience_s, "connecting to Kafka")
    return client
