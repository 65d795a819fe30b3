"""Workers beside each other: what more of them do, and what stands still while they come and go."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from runtime.kafka import producer_options
from schemas.codec import encode
from tests.bench.figures import say
from tests.faults import logs
from tests.faults.chains import Chains
from tests.faults.processes import Service
from tests.streams.harness.chain import Add
from tests.waiting import until

PARTITIONS = 8
KEYS_A_PARTITION = 50
WARM_UP_S, WINDOW_S = 3.0, 15.0
FEED_PER_S, FEED_S = 400, 25.0
KEEP_BYTES = 500
OPEN_S = 60.0
SILENCE_MS = 500
"""Many times what lies between two outputs of a partition at FEED_PER_S."""


class Still(NamedTuple):
    """A change of workers: seconds from it to the end of the last silence of any partition, and the longest
    of these silences."""

    until_all_s: float
    longest_s: float


async def throughput(bootstrap: str, var: Path, workers: int, records: int) -> float:
    """Outputs a second of so many workers on one full topic of PARTITIONS, counted in the topic."""
    chains = Chains(bootstrap, var, PARTITIONS)
    await chains.create()
    try:
        await _fill(bootstrap, chains.decider.source.name, records)
        for number in range(workers):
            await _opened(chains.worker(f"w{number}"), 1)
        return await _rate(bootstrap, chains.decider.output.name, records)
    finally:
        await chains.stop()


async def joining(bootstrap: str, var: Path) -> Still:
    """One worker is joined by another while commands come."""
    chains = Chains(bootstrap, var, PARTITIONS)
    await chains.create()
    try:
        first = chains.worker("a")
        await _opened(first, PARTITIONS)
        feeding = asyncio.ensure_future(chains.feed(FEED_PER_S, FEED_S))
        await asyncio.sleep(5)
        at_ms = time.time() * 1000
        second = chains.worker("b")
        await _opened(second, 1)
        await feeding
        return await _stood_still(chains, at_ms)
    finally:
        await chains.stop()


async def taken_over(bootstrap: str, var: Path, entities: int, standby: int) -> Still:
    """One of two workers dies for good; the other takes its partitions, with `entities` of KEEP_BYTES in the
    table, from its warm copy (`standby` 1) or from the changelog alone (0)."""
    chains = Chains(bootstrap, var, PARTITIONS)
    await chains.create()
    try:
        first = chains.worker("a", standby_replicas=standby)
        await _opened(first, PARTITIONS)
        second = chains.worker("b", standby_replicas=standby)
        await _opened(second, 1)
        await _grow(chains, entities)
        feeding = asyncio.ensure_future(chains.feed(FEED_PER_S, FEED_S))
        await asyncio.sleep(5)
        at_ms = time.time() * 1000
        second.kill_for_good()
        await feeding
        return await _stood_still(chains, at_ms)
    finally:
        await chains.stop()


async def _grow(chains: Chains, entities: int) -> None:
    """Each of `entities` is touched once, and all is decided and checkpointed."""
    producer = AIOKafkaProducer(**producer_options(chains.bootstrap, "bench", linger_ms=5))
    await producer.start()
    value = encode(Add(n=1, keep_bytes=KEEP_BYTES))
    for number in range(entities):
        await producer.send(
            chains.decider.source.name, value, key=b"g%d" % number, partition=number % PARTITIONS
        )
        if number % 50_000 == 49_999:
            say(f"{number + 1:,} entities of {entities:,}")
    await producer.stop()
    chains.fed += entities
    await until(
        lambda: _has(chains.bootstrap, chains.decider.output.name, entities), 300, "not all was decided"
    )
    await asyncio.sleep(5)  # some checkpoints long


async def _stood_still(chains: Chains, at_ms: float) -> Still:
    """Waits until all that was fed is decided; read from the outputs' append times."""
    report = await chains.report(120)
    if not report:
        raise RuntimeError(str(report))
    found = (await logs.read(chains.bootstrap, [chains.decider.output.name]))[chains.decider.output.name]
    times: dict[int, list[int]] = defaultdict(list)
    for record in found:
        times[record.partition].append(record.timestamp)
    return still(times.values(), at_ms)


def still(partitions: Iterable[list[int]], at_ms: float) -> Still:
    """What the change of workers at `at_ms` did to partitions of these append times (ms): silences of
    SILENCE_MS and more that end after it."""
    ended, longest = at_ms, 0.0
    for times in partitions:
        for begun, over in pairwise(sorted(times)):
            if over > at_ms and over - begun >= SILENCE_MS:
                longest, ended = max(longest, over - begun), max(ended, over)
    return Still((ended - at_ms) / 1000, longest / 1000)


async def _fill(bootstrap: str, topic: str, records: int) -> None:
    producer = AIOKafkaProducer(**producer_options(bootstrap, "bench", linger_ms=5))
    await producer.start()
    values = [encode(Add(n=n, padding="x" * 262)) for n in range(1000)]
    for partition in range(PARTITIONS):
        number = 0
        while number < records // PARTITIONS:
            batch = producer.create_batch()
            while number < records // PARTITIONS:
                key = b"e%d" % (number % KEYS_A_PARTITION * PARTITIONS + partition)
                if batch.append(key=key, value=values[number % 1000], timestamp=None) is None:
                    break
                number += 1
            await producer.send_batch(batch, topic, partition=partition)
    await producer.stop()


async def _rate(bootstrap: str, topic: str, records: int) -> float:
    """Per second over the window, from WARM_UP_S after the first output on, or until all are there.

    Raises RuntimeError where all was decided before the window began."""
    await until(lambda: _has(bootstrap, topic, 1), OPEN_S, "nothing came out")
    await asyncio.sleep(WARM_UP_S)
    began, before = time.monotonic(), await _count(bootstrap, topic)
    if before >= records:
        raise RuntimeError(f"{records:,} records are too few: all were decided while the workers warmed up")
    now, done = began, before
    while now - began < WINDOW_S and done < records:
        await asyncio.sleep(0.25)
        done, now = await _count(bootstrap, topic), time.monotonic()
    return (done - before) / (now - began)


async def _has(bootstrap: str, topic: str, records: int) -> bool:
    return await _count(bootstrap, topic) >= records


async def _count(bootstrap: str, topic: str) -> int:
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        ends = await consumer.end_offsets([TopicPartition(topic, number) for number in range(PARTITIONS)])
        return sum(ends.values())


async def _opened(worker: Service, count: int) -> None:
    await until(lambda: worker.count('"opened"') >= count, OPEN_S, f"{worker.name} did not open {count}")
