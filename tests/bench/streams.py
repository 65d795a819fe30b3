"""`python -m tests.bench.streams`: the replay harness beside stock Faust and QuixStreams, in one run.

All read the same records of the same topic (300 bytes, 200 keys, 4 partitions), one process each, with
acks=all; the outputs are counted in the topic, over 30 s after a warm-up. (a) stock Faust, nothing done;
(b) stock Faust, a table write and a send an event; (c) the harness, checkpoints on; (d) QuixStreams with
state, changelog and checkpoints. Then one hop of the harness at 2,000 commands a second: from a command's
append time to its output's.
"""

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from infra.paths import JARS, VAR
from infra.stack import LocalStack
from runtime.kafka import producer_options
from schemas.codec import encode
from schemas.topics import Topic
from tests.bench.figures import Row, at_least, at_most, say, show
from tests.faults import logs
from tests.streams.harness.chain import Add, ChainDecider

PARTITIONS = 4
KEYS = 200
RECORDS = int(os.environ.get("BENCH_RECORDS", "2400000"))
WINDOW_S = float(os.environ.get("BENCH_WINDOW_S", "30"))
WARM_UP_S = 3.0
HOP_PER_S = 2_000
HOP_S = 30.0
AIM_EMPTY, AIM_NAIVE, AIM_P50_MS, AIM_P99_MS = 3.0, 10.0, 6.0, 15.0
LATE_MS = 15_000
"""What of the hops counts as warm-up: a broker's JIT compiler takes half a core meanwhile."""


class Bench:
    """One broker, one full topic, and one processor at a time."""

    def __init__(self, stack: LocalStack, var: Path) -> None:
        self.bootstrap, self.var = stack.kafka.address, var
        self.decider = ChainDecider("bench.", PARTITIONS)

    async def fill(self) -> None:
        """The records that all of them read."""
        await logs.create(self.bootstrap, [*self.decider.topics, *self._outputs()])
        producer = AIOKafkaProducer(**producer_options(self.bootstrap, "bench", linger_ms=5))
        await producer.start()
        values = [encode(Add(n=n, padding="x" * 262)) for n in range(1000)]
        await asyncio.gather(*(self._fill_partition(producer, p, values) for p in range(PARTITIONS)))
        await producer.stop()

    async def _fill_partition(self, producer: AIOKafkaProducer, partition: int, values: list[bytes]) -> None:
        number, last = 0, RECORDS // PARTITIONS
        while number < last:
            batch = producer.create_batch()
            while number < last:
                key = b"e%d" % (number % (KEYS // PARTITIONS) * PARTITIONS + partition)
                if batch.append(key=key, value=values[number % 1000], timestamp=None) is None:
                    break
                number += 1
            await producer.send_batch(batch, self.decider.source.name, partition=partition)

    async def empty(self) -> float:
        """(a) events a second, as the processor counts them."""
        counts = self.var / "counts"
        counts.write_text("0")
        with self._process("stock", "empty", "bench.empty", "bench.none"):

            async def seen() -> int:
                return int(counts.read_text() or 0)

            return await self._rate(seen)

    async def others(self, module: str, *arguments: str) -> float:
        """(b), (d): outputs a second, counted in the topic."""
        name = f"bench.{arguments[0] if arguments else module}"
        with self._process(module, *arguments, name, name + ".out"):
            return await self._rate(self.count(name + ".out"))

    async def harness(self) -> float:
        """(c): outputs a second, counted in the topic."""
        with self.process():
            return await self._rate(self.count(self.decider.output.name))

    async def hop_ms(self) -> list[float]:
        """Milliseconds of one hop at a steady rate, sorted; the first seconds are left out."""
        self.decider = ChainDecider("hop.", PARTITIONS)
        await logs.create(self.bootstrap, self.decider.topics)
        with self.process():
            await self._feed()
        names = [self.decider.source.name, self.decider.output.name]
        found = await logs.read(self.bootstrap, names)
        begun = {f"{r.topic}:{r.partition}:{r.offset}": r.timestamp for r in found[names[0]]}
        first = min(begun.values()) + LATE_MS
        outputs = {":".join(r.header("id").split(":")[:3]): r.timestamp for r in reversed(found[names[1]])}
        return sorted(ended - begun[at] for at, ended in outputs.items() if begun[at] > first)

    async def _feed(self) -> None:
        producer = AIOKafkaProducer(**producer_options(self.bootstrap, "bench", linger_ms=1))
        await producer.start()
        value = encode(Add(n=1, padding="x" * 262))
        began, sent = time.monotonic(), 0
        while (passed := time.monotonic() - began) < HOP_S + LATE_MS / 1000:
            while sent < passed * HOP_PER_S:
                partition, key = sent % PARTITIONS, b"e%d" % (sent % KEYS)
                await producer.send(self.decider.source.name, value, key=key, partition=partition)
                sent += 1
            await asyncio.sleep(0.002)
        await producer.stop()
        await asyncio.sleep(2.0)

    async def _rate(self, count: Callable[[], Awaitable[int]]) -> float:
        """Per second, from WARM_UP_S after the first one on, over the window or until all are done."""
        deadline = time.monotonic() + 60
        while not await count():
            if time.monotonic() > deadline:
                raise TimeoutError("nothing came out")
            await asyncio.sleep(0.1)
        await asyncio.sleep(WARM_UP_S)
        began, before = time.monotonic(), await count()
        now, done = began, before
        while now - began < WINDOW_S:
            await asyncio.sleep(0.25)
            last, done, now = done, await count(), time.monotonic()
            if done >= RECORDS or (done == last and now - began > 5):
                break
        return (done - before) / (now - began)

    def count(self, topic: str) -> Callable[[], Awaitable[int]]:
        """Asks how many records a topic has."""
        tps = [TopicPartition(topic, number) for number in range(PARTITIONS)]

        async def count() -> int:
            async with AIOKafkaConsumer(bootstrap_servers=self.bootstrap) as consumer:
                return sum((await consumer.end_offsets(tps)).values())

        return count

    def _outputs(self) -> list[Topic]:
        return [Topic(f"bench.{name}.out", PARTITIONS) for name in ("naive", "quix")]

    def _process(self, module: str, *arguments: str) -> "_Process":
        *rest, name, output = arguments
        environ = {
            "KAFKA_BOOTSTRAP": self.bootstrap,
            "BENCH_NAME": name,
            "BENCH_SOURCE": self.decider.source.name,
            "BENCH_OUTPUT": output,
            "BENCH_COUNTS": str(self.var / "counts"),
            "BENCH_DATA": str(self.var / name),
        }
        return _Process(["-m", f"tests.bench.processors.{module}", *rest], environ, self.var / f"{name}.log")

    def process(self, **more: str) -> "_Process":
        """The harness; `more` of the environment."""
        environ = {
            "KAFKA_BOOTSTRAP": self.bootstrap,
            "CHAIN_PREFIX": self.decider.app.removesuffix("app"),
            "AICC_VAR": str(self.var),
            **more,
        }
        return _Process(["-m", "tests.streams.harness.chain"], environ, self.var / f"{self.decider.app}.log")


class _Process:
    def __init__(self, arguments: list[str], environ: dict[str, str], log: Path) -> None:
        self._arguments, self._environ, self._log = arguments, environ, log

    def __enter__(self) -> None:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._arguments],
                env={**os.environ, **self._environ},
                stdout=log,
                stderr=log,
            )

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


async def measure(bench: Bench) -> tuple[dict[str, float], list[float]]:
    """Events a second of (a) to (d), and the hops."""
    say(f"filling {RECORDS:,} records")
    await bench.fill()
    rates = {}
    for name, run in (
        ("empty_per_s", bench.empty),
        ("naive_per_s", lambda: bench.others("stock", "naive")),
        ("harness_per_s", bench.harness),
        ("quix_per_s", lambda: bench.others("quix")),
    ):
        rates[name] = await run()
        say(f"{name}: {rates[name]:,.0f}")
    say(f"one hop at {HOP_PER_S:,} commands a second")
    return rates, await bench.hop_ms()


def main() -> None:
    """Prints the table and, as the last line, the figures as JSON."""
    var = VAR / "bench" / f"streams-{os.getpid()}"
    stack = LocalStack.at(var, JARS)
    say("starting Kafka")
    try:
        stack.launch("kafka").wait_ready()
        rates, hops = uvloop.run(measure(Bench(stack, var)))
    finally:
        stack.stop()
        shutil.rmtree(var, ignore_errors=True)
    p50, p99 = statistics.median(hops), hops[int(len(hops) * 0.99)]
    valid = len(hops) > HOP_PER_S * HOP_S * 0.9 and all(rates.values())
    harness = rates["harness_per_s"]
    rows = [
        *(Row(name, f"{rate:,.0f}") for name, rate in rates.items()),
        at_least("harness over empty", harness / rates["empty_per_s"], AIM_EMPTY, "x", valid),
        at_least("harness over naive", harness / rates["naive_per_s"], AIM_NAIVE, "x", valid),
        at_least("harness over QuixStreams", harness / rates["quix_per_s"], 1.0, "x", valid),
        at_most("one hop, p50", p50, AIM_P50_MS, "ms", valid),
        at_most("one hop, p99", p99, AIM_P99_MS, "ms", valid),
    ]
    figures = {name: round(rate) for name, rate in rates.items()}
    show(
        "bench-streams",
        rows,
        {**figures, "hop_p50_ms": p50, "hop_p99_ms": p99, "hops": len(hops), "valid": valid},
    )


if __name__ == "__main__":
    main()
