"""The sentinel goes through every process, and the watcher tells of it and of the lag, each second."""

import asyncio

import psutil
from redis.asyncio import Redis

from loadgen.engine import Client
from loadgen.watch import Seen, Watcher
from loadgen.watch.sentinel import Sentinel
from loadgen.watch.watcher import client_for
from tests.platform import Platform

SECONDS = 3


async def _watch(platform: Platform, gateway: str) -> list[Seen]:
    told: list[Seen] = []
    stop = asyncio.Event()

    def hear(seen: Seen) -> None:
        told.append(seen)
        if len(told) >= SECONDS:
            stop.set()

    me = [("tests", psutil.Process())]
    redis = Redis.from_url(platform.stack.redis.address)
    client: Client
    async with client_for(gateway) as client:
        watcher = Watcher(redis, Sentinel(client, "e2e", "beta"), lambda: me, hear)
        await asyncio.wait_for(watcher.run(stop), 60)
    await redis.aclose()
    return told


def test_a_contact_a_second_comes_through_to_the_database(platform: Platform) -> None:
    told = asyncio.run(_watch(platform, platform.base_url))
    assert [seen.sentinel for seen in told[:SECONDS]] == ["ok"] * SECONDS
    assert all(seen.sentinel_ms and 0 < seen.sentinel_ms < 20_000 for seen in told)
    assert sorted(told, key=lambda seen: seen.at_ms) == told
    some = next(seen for seen in told if seen.stages)
    assert any(stage.startswith("persister:") for stage in some.stages)
    assert some.lag_s is not None
    assert some.lag_records is not None
    assert told[0].processes[0].name == "tests"


def test_a_gateway_that_is_not_there_is_told_not_raised(platform: Platform) -> None:
    told = asyncio.run(_watch(platform, "http://127.0.0.1:1"))
    assert {seen.sentinel for seen in told} == {"refused"}
    assert all(seen.sentinel_ms is None for seen in told)
