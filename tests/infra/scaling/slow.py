"""A worker that does so many records a second and no more: `python -m tests.infra.scaling.slow`, told by the
environment. It sleeps instead of computing, so that two of them do twice as much on any machine."""

import asyncio
import os
import signal

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener

EVERY_S = 0.1


class Says(ConsumerRebalanceListener):  # type: ignore[misc]
    """Prints what it is given."""

    async def on_partitions_revoked(self, revoked: object) -> None:
        """Nothing."""

    async def on_partitions_assigned(self, assigned: set[object]) -> None:
        """A line."""
        print(f"assigned {len(assigned)}", flush=True)


async def work() -> None:
    """Until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=os.environ["KAFKA_BOOTSTRAP"],
        group_id=os.environ["SLOW_GROUP"],
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=6_000,
        heartbeat_interval_ms=500,
    )
    consumer.subscribe([os.environ["SLOW_TOPIC"]], listener=Says())
    await consumer.start()
    most = int(float(os.environ["SLOW_PER_S"]) * EVERY_S)
    try:
        while not stop.is_set():
            if await consumer.getmany(timeout_ms=50, max_records=most):
                await asyncio.sleep(EVERY_S)
                await consumer.commit()
    finally:
        await consumer.stop()


if __name__ == "__main__":
    asyncio.run(work())
