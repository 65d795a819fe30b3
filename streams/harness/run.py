"""Runs a decider: the Faust app with the settings that matter, ticks, watchdogs, start and stop."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faust
import uvloop

from runtime.health import serve_health
from runtime.kafka import client_options
from runtime.pulse import feel_pulse
from runtime.settings import Settings
from runtime.starting import Close, start_telling
from schemas.topics import POSITIONS, Topic
from streams.harness.consumer import Transport
from streams.harness.decider import Decider
from streams.harness.ending import Exit, end_process, ending_on_error
from streams.harness.outbox import Outbox
from streams.harness.reporting import Reporting
from streams.harness.shell import Shell
from streams.harness.store import discard_stale
from streams.harness.watchdog import Deadline, end_if_paused, membership

log = logging.getLogger("aicc.harness")

TICK_S = 1.0
POSITION_S = 0.5
STUCK_S = 5.0
STOP_S = 5.0
SWITCH_S = 0.000_5
"""A thread that computes gives way to the consumer's within this; Python's own 5 ms are a whole hop."""


class StreamSettings(Settings, frozen=True, kw_only=True):
    """Settings of a stream processor. Times in seconds. `nice`: how far it stands back for the gateway and
    the servers where they share processors, as in nice(1). `fetch_rest_ms`: between a fetch that brought
    records and the next one."""

    session_timeout_s: float = 6.0
    checkpoint_s: float = 1.0
    standby_replicas: int = 0
    replication: int = 1
    nice: int = 3
    fetch_rest_ms: float = 5.0


def run(
    decider: Decider[Any, Any],
    settings: StreamSettings,
    writes: tuple[Topic, ...],
    reporting: Reporting | None = None,
) -> None:
    """Decides until SIGTERM or SIGINT. `writes` are the topics that the outputs go to."""
    close = start_telling(decider.app, settings)
    os.nice(settings.nice)
    uvloop.install()
    sys.setswitchinterval(SWITCH_S)
    end_if_paused(settings.session_timeout_s)
    with ending_on_error("the processor could not run"):
        asyncio.run(_run(decider, settings, writes, reporting, close))


async def _run(
    decider: Decider[Any, Any],
    settings: StreamSettings,
    writes: tuple[Topic, ...],
    reporting: Reporting | None,
    close: Close,
) -> None:
    directory = settings.var / "streams" / f"{decider.app}-{settings.instance}"
    directory.mkdir(parents=True, exist_ok=True)
    for stale in discard_stale(directory):
        log.warning("a stale local store was thrown away", extra={"fields": {"path": str(stale)}})
    app = make_app(decider, settings, directory)
    table = app.Table(
        "entities",
        partitions=decider.source.partitions,
        key_type=bytes,
        value_type=bytes,
        recovery_buffer_size=1000,
        options={"driver": "rocksdict", "block_cache_size": 16 << 20, "write_buffer_size": 8 << 20},
    )
    outbox = Outbox(settings.kafka_bootstrap, f"{decider.app}-{settings.instance}")
    shell = Shell(app, table, decider, outbox)
    shell.checkpoint_s, shell.instance = settings.checkpoint_s, settings.instance
    source = app.topic(
        decider.source.name,
        key_serializer="raw",
        value_serializer="raw",
        partitions=decider.source.partitions,
    )
    app.agent(source, concurrency=1, name="decide")(shell.process)
    app.on_partitions_revoked.connect(_revoked(shell), weak=False)
    changelog = table.changelog_topic.get_topic_name()
    dlq = decider.source.dlq
    shell.reporting = reporting
    told = {POSITIONS.name, *((reporting.topic.name,) if reporting else ())}
    await outbox.start({*told, *(t.name for t in writes), decider.source.name, dlq, changelog})
    serve_health(settings.metrics_port, lambda: shell.ready, settings.metrics_host)
    _stop_on_signals(shell, close)
    await app.start()
    await asyncio.gather(
        _every(TICK_S, shell.send_ticks),
        _every(POSITION_S, shell.publish_positions),
        _every(POSITION_S, shell.publish_reports),
        _watch(shell, settings),
        feel_pulse(),
    )


def make_app(decider: Decider[Any, Any], settings: StreamSettings, directory: Path) -> faust.App:
    """A Faust app with our consumer and the settings that matter."""
    app = faust.App(
        decider.app,
        broker=f"kafka://{settings.kafka_bootstrap}",
        store="rocksdb://",
        datadir=str(directory),
        key_serializer="raw",
        value_serializer="raw",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        topic_partitions=decider.source.partitions,
        topic_replication_factor=settings.replication,
        table_standby_replicas=settings.standby_replicas,
        table_cleanup_interval=3600,
        broker_max_poll_records=500,
        broker_commit_interval=3600,
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=settings.session_timeout_s / 4,
        broker_rebalance_timeout=10,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=f"{decider.app}-{settings.instance}",
        stream_buffer_maxsize=64,
        stream_wait_empty=False,
        stream_recovery_delay=0,
        producer_acks=-1,
        producer_request_timeout=15,
        broker_credentials=_credentials(settings),
    )
    app.transport = Transport(app.conf.broker, app, decider.source.name, settings.fetch_rest_ms)
    return app


def _credentials(settings: StreamSettings) -> Any:
    """What `runtime.kafka` gives to other clients, as Faust takes it; None without TLS."""
    options = client_options(settings.kafka_bootstrap, settings)
    context = options.get("ssl_context")
    if context is None or "sasl_mechanism" not in options:
        return context
    return faust.SASLCredentials(
        username=options["sasl_plain_username"],
        password=options["sasl_plain_password"],
        ssl_context=context,
        mechanism=options["sasl_mechanism"],
    )


def _revoked(shell: Shell) -> Any:
    async def on_revoked(app: Any, revoked: Any, **_: Any) -> None:
        await shell.on_revoked()

    return on_revoked


def _stop_on_signals(shell: Shell, close: Close) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: asyncio.ensure_future(_stop(shell, close)))


async def _stop(shell: Shell, close: Close) -> None:
    """A last checkpoint, so that the next start has little to replay; then at once. The group keeps our
    place for a session timeout: a restart within it moves nothing."""
    try:
        await asyncio.wait_for(shell.checkpoint_all(), STOP_S)
    finally:
        close()
        log.info("stopped")
        logging.shutdown()
        os._exit(0)


async def _every(seconds: float, work: Any) -> None:
    while True:
        work()
        await asyncio.sleep(seconds)


async def _watch(shell: Shell, settings: StreamSettings) -> None:
    """Also says whether the process is ready: other threads must not ask Faust."""
    app: Any = shell.app
    ticks = [
        Deadline(Exit.STUCK, f"partition {number}: no tick was decided", STUCK_S, _progress(shell, number))
        for number in range(shell.decider.source.partitions)
    ]
    heartbeats = membership(lambda: app.consumer._thread.heartbeat_at, settings.session_timeout_s)
    while True:
        await asyncio.sleep(0.25)
        if app.crashed or app.should_stop:
            end_process(Exit.EXCEPTION, f"Faust has ended: {app.crash_reason!r}")
        for deadline in (*heartbeats, *ticks):
            deadline.check()
        for owned in shell.owned.values():
            owned.show_age()
        shell.ready = shell.is_ready()


def _progress(shell: Shell, number: int) -> Callable[[], object]:
    """What moves while the partition is decided or restored; None when it is not ours."""

    def progress() -> object:
        if number not in shell.assigned():
            return None
        owned = shell.owned.get(number)
        recovery: Any = shell.app.tables.recovery
        restored = sum(offset or 0 for offset in recovery.active_offsets.values())
        decided = (owned.generation, owned.partition.next_offset) if owned else (0, 0)
        return *decided, shell.openings, restored

    return progress
