"""A second's view holds processes and their machine, also where Redis is away and no contact comes by."""

import asyncio
import os

import msgspec
import psutil
from redis.asyncio import Redis

from loadgen.watch import Seen, Watcher, decode_seen
from loadgen.watch.sentinel import Sentinel
from loadgen.watch.watcher import client_for

NOBODY = "http://127.0.0.1:1"


async def _watched(processes: list[tuple[str, psutil.Process]]) -> list[Seen]:
    """What is told until the first second is over."""
    seen: list[Seen] = []
    stop = asyncio.Event()
    redis = Redis.from_url("redis://127.0.0.1:1/0")
    async with client_for(NOBODY) as client:
        watcher = Watcher(redis, Sentinel(client, "r1", "support"), lambda: processes, seen.append)
        asyncio.get_running_loop().call_later(0.1, stop.set)
        await watcher.run(stop)
    await redis.aclose()
    return seen


def test_tells_of_processes_and_their_machine() -> None:
    first = asyncio.run(_watched([("self", psutil.Process())]))[0]
    assert first.sentinel_ms is None
    assert first.stages == {}
    assert [one.pid for one in first.processes] == [os.getpid()]
    machine = decode_seen(msgspec.json.encode(first)).machine
    assert machine
    assert 0 < machine.used < machine.memory
    assert machine.cpu_s > first.processes[0].cpu_s
    assert machine.at_s * 1000 >= first.at_ms


def test_a_machine_without_the_platform_is_not_told_of() -> None:
    assert asyncio.run(_watched([]))[0].machine is None
