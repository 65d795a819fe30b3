"""Pools that a test of pages publishes for itself; the platform is everybody's, so they go with the test."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from schemas.topics import CONFIG
from tests.end_to_end.clients import call
from tests.faults import logs
from tests.platform import Platform
from tests.waiting import until


def put(platform: Platform, body: dict[str, Any]) -> int:
    """The pool as somebody else publishes it; the version."""
    reply = call(platform, "PUT", f"/admin/config/{body['pool']}", json.dumps(body).encode())
    assert reply.status == 200, reply
    return int(reply.body["version"])


def published(platform: Platform, pool: str) -> dict[str, Any]:
    """The pool as it is."""
    found: dict[str, Any] = call(platform, "GET", f"/admin/config/{pool}").body
    return found


@contextmanager
def pool_of_its_own(platform: Platform, body: dict[str, Any]) -> Iterator[int]:
    """Its first version; at the end the gateway knows it no more."""
    try:
        yield put(platform, body)
    finally:
        asyncio.run(_gone(platform, body["pool"]))


async def _gone(platform: Platform, pool: str) -> None:
    """There is no call for this: who reads the topic hears it by a record without a value."""
    producer = await logs.producer(platform.stack.kafka.address)
    try:
        await producer.send_and_wait(CONFIG.name, key=pool.encode(), value=None, partition=0)
    finally:
        await producer.stop()

    def unknown() -> bool:
        return call(platform, "GET", f"/admin/config/{pool}").status == 404

    await until(unknown, 15, f"{pool} is still there")
