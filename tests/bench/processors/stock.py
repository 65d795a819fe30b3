"""Stock Faust, two ways: nothing done per event, or a table write and a send per event.

Run as a process: python -m tests.bench.processors.stock empty|naive, with the topics in the environment.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import faust
import msgspec

from tests.streams.harness.chain import Add, Added

BROKER, NAME, SOURCE, OUTPUT, COUNTS = (
    os.environ[name]
    for name in ("KAFKA_BOOTSTRAP", "BENCH_NAME", "BENCH_SOURCE", "BENCH_OUTPUT", "BENCH_COUNTS")
)
PARTITIONS = 4

app = faust.App(
    NAME,
    broker=f"kafka://{BROKER}",
    store="rocksdb://",
    datadir=os.environ["BENCH_DATA"],
    key_serializer="raw",
    value_serializer="raw",
    web_enabled=False,
    topic_disable_leader=True,
    topic_partitions=PARTITIONS,
    topic_replication_factor=1,
    consumer_auto_offset_reset="earliest",
    producer_acks=-1,
)
source = app.topic(SOURCE, key_serializer="raw", value_serializer="raw", partitions=PARTITIONS)
output = app.topic(OUTPUT, key_serializer="raw", value_serializer="raw", partitions=PARTITIONS)
table = app.Table(
    "sums",
    partitions=PARTITIONS,
    key_type=bytes,
    value_type=bytes,
    options={"driver": "rocksdict", "block_cache_size": 16 << 20, "write_buffer_size": 8 << 20},
)
seen = 0
decode = msgspec.json.Decoder(Add).decode
encode = msgspec.json.encode


async def do_nothing(stream: Any) -> None:
    """Counts."""
    global seen
    async for _ in stream:
        seen += 1


async def write_and_send(stream: Any) -> None:
    """The chain, as Faust's documentation would have it."""
    async for event in stream.events():
        key = event.key
        total, count = map(int, (table.get(key) or b"0 0").split())
        total, count = (total * 31 + decode(event.value).n) % 1_000_003, count + 1
        table[key] = b"%d %d" % (total, count)
        said = Added(entity=key.decode(), total=total, count=count)
        await output.send(key=key, value=encode(said), partition=event.message.partition)


async def tell() -> None:
    """Writes down, ten times a second, how many events were seen; whoever reads finds a whole number."""
    counts = Path(COUNTS)
    fresh = counts.with_suffix(".fresh")
    while True:
        fresh.write_text(str(seen))
        fresh.replace(counts)
        await asyncio.sleep(0.1)


if __name__ == "__main__":
    kind = sys.argv[1]
    app.agent(source)(do_nothing if kind == "empty" else write_and_send)
    if kind == "empty":
        app.task(tell)
    sys.argv = ["faust", "worker", "-l", "warn", "--without-web"]
    app.main()
