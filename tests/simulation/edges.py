"""Where the code under simulation meets the world: its clocks, its chance, its connections, its end."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from streams.harness import ending as ending_module
from streams.harness import outbox, owned, run, shell, store, watchdog
from tests.simulation.broker import Broker, Producer
from tests.simulation.clock import PROCESS, VirtualLoop, VirtualTime
from tests.simulation.database import ROCKSDICT
from tests.simulation.processor import Ending
from workers import backoff
from workers import loop as batch_loop

TIMED = (shell, owned, watchdog, backoff, batch_loop)
ENDING = (shell, owned, outbox, run, watchdog, ending_module)
MOST_BYTES = 6_000
"""So that deciding has to wait now and then."""

WRITE_SLICE = 3
"""So that the local store is written in several pieces."""


@contextmanager
def replaced(loop: VirtualLoop, broker: Broker, rng: random.Random) -> Iterator[None]:
    """Everything at the edges, for as long as this lasts."""
    time, ending = VirtualTime(loop), Ending(PROCESS.get)
    chance = random.Random(rng.random())

    async def topic_id(_: Any, topic: str) -> str:
        await broker.answer()
        return f"id of {topic}"

    edges: list[tuple[Any, str, Any]] = [
        *((module, "time", time) for module in TIMED),
        *((module, "end_process", ending) for module in ENDING),
        (shell, "topic_id", topic_id),
        (batch_loop, "topic_id", topic_id),
        (shell, "secrets", SimpleNamespace(token_hex=lambda n: f"{chance.randrange(256**n):0{2 * n}x}")),
        (outbox, "AIOKafkaProducer", lambda **_: Producer(broker)),
        (outbox, "producer_options", lambda *_: {}),
        (store, "rocksdict", ROCKSDICT),
        (owned, "WRITE_SLICE", WRITE_SLICE),
        (owned, "MOST_HOT", 4),
        (outbox, "MOST_BYTES", MOST_BYTES),
        (batch_loop.BatchLoop, "_refuse_contest", lambda _: None),
    ]
    begun = [patch.object(module, name, new) for module, name, new in edges]
    for one in begun:
        one.start()
    try:
        yield
    finally:
        for one in begun:
            one.stop()
