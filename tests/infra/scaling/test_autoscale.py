"""A spike on real Kafka: a worker is added, the lag goes, the worker goes; and the command's manners."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from infra.stack import free_port
from schemas.codec import encode
from schemas.topics import Topic
from tests.faults import logs
from tests.faults.chains import Chains
from tests.infra.scaling.spikes import Autoscaler, Took, burst, probing, watch
from tests.streams.harness.chain import Add
from tests.waiting import until
from workers.prober.probe import Stage

REFERENCE_S = 180.0
"""The reference system adds instances within three minutes."""


def options(directory: Path, group: str, redis_url: str, module: str, *more: str) -> list[str]:
    told = ["--group", group, "--partitions", "4", "--most", "2", "--redis", redis_url, "--name", "w"]
    return [*told, "--logs", str(directory), "--poll", "0.3", *more, "--", sys.executable, "-m", module]


def test_a_spike_adds_a_worker_and_its_end_takes_it_away(
    kafka_bootstrap: str, redis_url: str, topic_prefix: str, tmp_path: Path
) -> None:
    took = asyncio.run(_slow(kafka_bootstrap, redis_url, topic_prefix, tmp_path))
    print(took)
    assert took.added_s < REFERENCE_S


async def _slow(kafka_bootstrap: str, redis_url: str, topic_prefix: str, tmp_path: Path) -> Took:
    group, topic = f"{topic_prefix}slow", f"{topic_prefix}in"
    await logs.create(kafka_bootstrap, [Topic(topic, 4)])
    told = {"KAFKA_BOOTSTRAP": kafka_bootstrap, "SLOW_GROUP": group, "SLOW_TOPIC": topic, "SLOW_PER_S": "500"}
    module = "tests.infra.scaling.slow"
    more = ("--target-lag", "1", "--settle", "2", "--down-window", "2")
    scaler = Autoscaler(tmp_path, os.environ | told, options(tmp_path, group, redis_url, module, *more))
    scaler.start()
    try:
        async with probing(kafka_bootstrap, redis_url, Stage(group, topic)) as found:
            await until(lambda: scaler.worker_said(1, "assigned 4"), 20, "the first worker did not begin")
            began = time.monotonic()
            await burst(kafka_bootstrap, topic, 4, [b"x"] * 3_500, 100)
            took = await watch(scaler, found, began, "assigned 2", 30)
    finally:
        status = scaler.stop()
    assert scaler.changes() == [(1, 2), (2, 1)], scaler.said()
    assert status == 0
    assert scaler.said().endswith("stopped\n")
    return took


@pytest.mark.faults
def test_workers_of_the_harness_are_added_and_taken_away_with_nothing_lost(
    kafka_bootstrap: str, redis_url: str, tmp_path: Path
) -> None:
    took = asyncio.run(_harness(kafka_bootstrap, redis_url, tmp_path, 300_000))
    print(f"300,000 records at once, {os.cpu_count()} cores: {took}")
    assert took.added_s < REFERENCE_S


async def _harness(bootstrap: str, redis_url: str, directory: Path, records: int) -> Took:
    chains = Chains(bootstrap, directory, 4)
    await chains.create()
    group, topic = chains.decider.app, chains.decider.source.name
    told = {
        "KAFKA_BOOTSTRAP": bootstrap,
        "CHAIN_PREFIX": chains.prefix,
        "CHAIN_PARTITIONS": "4",
        "AICC_VAR": str(directory),
    }
    more = ("--target-lag", "2", "--settle", "15", "--down-window", "10", "--metrics-port", str(free_port()))
    module = "tests.streams.harness.chain"
    scaler = Autoscaler(directory, os.environ | told, options(directory, group, redis_url, module, *more))
    scaler.start()
    try:
        async with probing(bootstrap, redis_url, Stage(group, topic)) as found:
            await until(lambda: scaler.count(1, '"opened"') >= 4, 60, "the first worker did not open 4")
            began = time.monotonic()
            values = [encode(Add(n=n, padding="x" * 262)) for n in range(1_000)] * (records // 1_000)
            await burst(bootstrap, topic, 4, values, 50)
            chains.fed += records
            took = await watch(scaler, found, began, '"opened"', 120)
            report = await chains.report(60)
            assert report, report
    finally:
        status = scaler.stop()
        await chains.stop()
    assert status == 0
    assert scaler.changes() == [(1, 2), (2, 1)], scaler.said()
    return took


def test_who_dies_is_started_again_and_nobody_is_left_behind(redis_url: str, tmp_path: Path) -> None:
    asyncio.run(_killed(redis_url, tmp_path))


async def _killed(redis_url: str, tmp_path: Path) -> None:
    module = "http.server"  # anything that runs until it is told
    told = [*options(tmp_path, "nobody", redis_url, module, "--least", "2"), "0"]
    scaler = Autoscaler(tmp_path, os.environ, told)
    scaler.start()
    assert scaler.process is not None
    own = psutil.Process(scaler.process.pid)
    try:
        await until(lambda: len(own.children()) == 2, 10, "two were not started")
        killed = own.children()[0]
        killed.kill()
        await until(lambda: "started again" in scaler.said(), 10, "it was not noticed")
        await until(lambda: len(own.children()) == 2, 10, "it was not started again")
        left = own.children()
    finally:
        status = scaler.stop()
    assert status == 0
    assert not any(one.is_running() for one in left)


def test_usage_errors_end_with_2() -> None:
    command = [sys.executable, "-m", "infra.scaling", "autoscale", "--group", "g", "--least", "9", "true"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "least has to be" in done.stderr
