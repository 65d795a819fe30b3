"""A million conversations in the real `aicc-conversations`, and its restart with an empty disk."""

import asyncio
import random
import shutil
import time
from pathlib import Path
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from infra.services import script
from infra.stack import free_port
from runtime.kafka import producer_options
from schemas.codec import encode, type_of
from schemas.conversation import StartChat
from schemas.envelope import headers
from schemas.ids import session_id
from schemas.topics import CONVERSATION_COMMANDS, CONVERSATION_EVENTS, PARTITIONS, TOPICS
from tests.bench.figures import say
from tests.bench.floor import is_ready
from tests.faults import logs
from tests.faults.processes import Service
from tests.waiting import until

DECIDE_S = 900.0
RESTORE_S = 600.0
SETTLE_S = 10.0
"""Some checkpoints: all snapshots are in the changelog then."""


class Restored(NamedTuple):
    """`seconds` from the start of the process to its being ready, its memory when the conversations were made
    and the most it took to restore them (VmHWM), MiB; `changelog_mb` of snapshots."""

    conversations: int
    seconds: float
    before_mb: float
    peak_mb: float
    store_mb: float


async def restore(bootstrap: str, var: Path, conversations: int, rng: random.Random) -> Restored:
    """Starts so many, kills the processor, deletes its disk, and waits until it is ready again."""
    await logs.create(bootstrap, TOPICS)
    health = free_port()
    service = _service(bootstrap, var, health)
    service.start()
    try:
        await until(lambda: is_ready(health), 60, "conversations is not ready")
        await _start(bootstrap, conversations, rng)
        await _decided(bootstrap, conversations)
        await asyncio.sleep(SETTLE_S)
        before = _memory_mb(service, "VmHWM")
        service.kill_for_good()
        disk = var / "streams"
        store_mb = sum(file.stat().st_size for file in disk.rglob("*") if file.is_file()) / 2**20
        shutil.rmtree(disk)
        say(f"disk of {store_mb:,.0f} MB deleted; restoring from the changelog alone")
        began = time.monotonic()
        service.start()
        await until(lambda: is_ready(health), RESTORE_S, "conversations is not ready again", every_s=0.1)
        took = time.monotonic() - began
        return Restored(conversations, took, before, _memory_mb(service, "VmHWM"), store_mb)
    finally:
        service.stop()


def _service(bootstrap: str, var: Path, health: int) -> Service:
    environ = {
        "KAFKA_BOOTSTRAP": bootstrap,
        "AICC_VAR": str(var),
        "AICC_INSTANCE": "bench",
        "AICC_METRICS_PORT": str(health),
    }
    return Service("conversations", [script("aicc-conversations")], environ, var / "conversations.log")


async def _start(bootstrap: str, conversations: int, rng: random.Random) -> None:
    producer = AIOKafkaProducer(**producer_options(bootstrap, "bench", linger_ms=5))
    await producer.start()
    for number in range(conversations):
        partition = number % PARTITIONS
        session = session_id(partition, int(time.time() * 1000), rng.getrandbits(62))
        record = StartChat(session_id=session, customer_id=f"c{number}", message="Where is my parcel?")
        await producer.send(
            CONVERSATION_COMMANDS.name,
            encode(record),
            key=session.encode(),
            partition=partition,
            headers=headers(f"bench:{number}", type_of(record)),
        )
        if number % 100_000 == 99_999:
            say(f"{number + 1:,} of {conversations:,} conversations sent")
    await producer.stop()


async def _decided(bootstrap: str, conversations: int) -> None:
    """Each start has at least two events: the message and the version."""
    tps = [TopicPartition(CONVERSATION_EVENTS.name, number) for number in range(PARTITIONS)]

    async def enough() -> bool:
        async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
            ends = await consumer.end_offsets(tps)
            return bool(sum(ends.values()) >= 2 * conversations)

    await until(enough, DECIDE_S, "not all conversations were decided", every_s=1.0)


def _memory_mb(service: Service, name: str) -> float:
    """A line of the process' status, MiB."""
    assert service.process is not None
    status = Path(f"/proc/{service.process.pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(name))
