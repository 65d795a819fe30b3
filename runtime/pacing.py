"""Fetches a moment apart, so that records which come one by one are had together (decision 28).

aiokafka asks a broker again as soon as it has been answered. With a few hundred records a second each of them
is then a fetch, a batch, a produce request and a wake-up of every process that reads what comes of it, and
those cost many times what deciding does. Who has heard nothing for a while is still told at once.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka import AIOKafkaConsumer

Fetch = Callable[[Any, int, Any], Awaitable[bool]]


def pace(consumer: AIOKafkaConsumer, rest_ms: float) -> None:
    """From now on the (started) consumer waits for `rest_ms` after a fetch that brought records, for each
    broker by itself. tests/contract keeps watch over what this touches inside aiokafka."""
    fetcher = consumer._fetcher
    fetcher._proc_fetch_request = paced(fetcher._proc_fetch_request, rest_ms / 1000)


def paced(fetch: Fetch, rest_s: float) -> Fetch:
    """`fetch(assignment, node, request)`, which says whether there were records, not before its time."""
    again_at: dict[int, float] = {}

    async def fetched(assignment: Any, node: int, request: Any) -> bool:
        wait_s = again_at.get(node, 0.0) - time.monotonic()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        found = await fetch(assignment, node, request)
        if found:
            again_at[node] = time.monotonic() + rest_s
        return found

    return fetched
