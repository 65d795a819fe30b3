"""`python -m tests.bench.persist`: one aicc-persister from a full topic to commit, beside raw COPY.

Each conversation is six messages and two versions of its consultation, three messages to a version, mixed
with 500 others of its partition. A row is one that stands in the tables in the end: the second version of a
consultation counts for nothing, though it is written. COPY takes the same rows from files, in the order in
which the persister has stored them, into the same tables (indexed, partitioned, logged) of another database
of the same server, in turn with the persister; fsync and synchronous_commit are on.
"""

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import uvloop
from aiokafka import AIOKafkaProducer

import migrations
from infra.paths import JARS, VAR
from infra.stack import LocalStack
from infra.stack.ports import free_ports
from runtime.kafka import producer_options
from schemas.topics import AUDIT, CONFIG, CONFIG_AUDIT, CONVERSATION_EVENTS
from tests.bench.figures import Row, at_least, say, show
from tests.bench.persisting import (
    RECORDS_A_SESSION,
    ROWS_A_SESSION,
    SESSIONS_A_CUSTOMER,
    month_start_ms,
    records,
)
from tests.faults import logs
from tests.workers.world import ready

PARTITIONS = CONVERSATION_EVENTS.partitions
SESSIONS = int(os.environ.get("BENCH_SESSIONS", "120000")) // PARTITIONS
"""Of one partition."""
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
LIMIT_S = 300.0
AIM_RATIO, AIM_PER_S = 0.5, 30_000
TABLES = ("chat_messages", "consultations", "customers")
BEHIND = "SELECT coalesce(sum(next_offset), 0)::bigint FROM sink_offsets WHERE topic = $1"
SUM = "SELECT count(*), sum(hashtextextended({table}::text, 0)) FROM {table}"
Sums = dict[str, tuple[int, int]]


class Bench:
    """One broker with a full topic, one Postgres, and a database for each run."""

    def __init__(self, stack: LocalStack, var: Path) -> None:
        self.stack, self.var = stack, var

    async def fill(self) -> None:
        """The records that every run reads."""
        await logs.create(self.stack.kafka.address, [CONVERSATION_EVENTS, CONFIG, CONFIG_AUDIT, AUDIT])
        producer = AIOKafkaProducer(**producer_options(self.stack.kafka.address, "bench", linger_ms=5))
        await producer.start()
        begin_ms = month_start_ms()
        await asyncio.gather(*(self._fill(producer, number, begin_ms) for number in range(PARTITIONS)))
        await producer.stop()

    async def _fill(self, producer: AIOKafkaProducer, partition: int, begin_ms: int) -> None:
        batch = producer.create_batch()
        for key, value, told in records(partition, SESSIONS, begin_ms):
            if batch.append(key=key, value=value, timestamp=None, headers=told) is None:
                await producer.send_batch(batch, CONVERSATION_EVENTS.name, partition=partition)
                batch = producer.create_batch()
                batch.append(key=key, value=value, timestamp=None, headers=told)
        await (await producer.send_batch(batch, CONVERSATION_EVENTS.name, partition=partition))

    @asynccontextmanager
    async def database(self, name: str) -> AsyncIterator[tuple[asyncpg.Connection, str]]:
        """A migrated database and its address, gone afterwards."""
        await self._on_server(f"CREATE DATABASE {name}")
        url = self.stack.postgres.url(name)
        await asyncio.to_thread(migrations.upgrade, url)
        db = await asyncpg.connect(url)
        try:
            await db.execute("CHECKPOINT")
            yield db, url
        finally:
            await db.close()
            await self._on_server(f"DROP DATABASE {name} WITH (FORCE)")

    async def _on_server(self, sql: str) -> None:
        db = await asyncpg.connect(self.stack.postgres.address)
        try:
            await db.execute(sql)
        finally:
            await db.close()

    async def persist(self) -> tuple[float, Sums]:
        """Seconds from ready to the last commit, and what stands in the tables; leaves the rows in files."""
        async with self.database("persisted") as (db, url):
            seconds = await self._run_persister(db, url)
            for table in TABLES:
                with self._file(table).open("wb") as file:
                    await db.copy_from_query(f"SELECT * FROM {table}", output=file)
            return seconds, await sums(db)

    async def _run_persister(self, db: asyncpg.Connection, url: str) -> float:
        (port,) = free_ports(1)
        process = await asyncio.to_thread(self._start, url, port)
        try:
            await ready(port)
            began, before = time.monotonic(), await db.fetchval(BEHIND, CONVERSATION_EVENTS.name)
            total = SESSIONS * PARTITIONS * RECORDS_A_SESSION
            say(f"persister {process.pid}: {before:,} of {total:,} records were stored when it was ready")
            while (done := await db.fetchval(BEHIND, CONVERSATION_EVENTS.name)) < total:
                if time.monotonic() - began > LIMIT_S or process.poll() is not None:
                    raise TimeoutError(f"{done:,} of {total:,} records were stored; see persister.log")
                await asyncio.sleep(0.02)
            # What was stored by then counts for nothing.
            return (time.monotonic() - began) * total / (total - int(before))
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait, 10.0)

    def _start(self, url: str, port: int) -> "subprocess.Popen[bytes]":
        environ = {
            "KAFKA_BOOTSTRAP": self.stack.kafka.address,
            "DATABASE_URL": url,
            "REDIS_URL": self.stack.redis.address,
            "AICC_METRICS_PORT": str(port),
            "AICC_GROUP": f"bench-{time.monotonic_ns()}",
        }
        with (self.var / "persister.log").open("ab") as log:
            command = Path(sys.executable).with_name("aicc-persister")
            return subprocess.Popen([command], env={**os.environ, **environ}, stdout=log, stderr=log)

    async def copy(self) -> tuple[float, Sums]:
        """Seconds from the first byte to the commit, and what stands in the tables."""
        async with self.database("copied") as (db, _):
            began = time.monotonic()
            async with db.transaction():
                for table in TABLES:
                    await db.copy_to_table(table, source=self._file(table))
            return time.monotonic() - began, await sums(db)

    def _file(self, table: str) -> Path:
        return self.var / f"{table}.copy"


async def sums(db: asyncpg.Connection) -> Sums:
    """Rows and a sum over all of their values, by table."""
    found = {table: (await db.fetch(SUM.format(table=table)))[0] for table in TABLES}
    return {table: (int(row[0]), int(row[1])) for table, row in found.items()}


async def measure(bench: Bench) -> tuple[list[float], list[float], bool]:
    """Seconds of each run of the persister and of COPY; whether all rows were there each time."""
    sessions = SESSIONS * PARTITIONS
    say(f"filling {sessions * RECORDS_A_SESSION:,} records")
    await bench.fill()
    stored, copied, valid = [], [], True
    for number in range(1, ROUNDS + 1):
        store_s, left = await bench.persist()
        copy_s, right = await bench.copy()
        say(f"round {number}: persister {store_s:.2f} s, COPY {copy_s:.2f} s")
        stored.append(store_s)
        copied.append(copy_s)
        customers = -(-SESSIONS // SESSIONS_A_CUSTOMER) * PARTITIONS
        counts = [left[table][0] for table in TABLES]
        valid &= left == right and counts == [sessions * (ROWS_A_SESSION - 1), sessions, customers]
    return stored, copied, valid


def main() -> None:
    """Prints the table and, as the last line, the figures as JSON."""
    var = VAR / "bench" / f"persist-{os.getpid()}"
    stack = LocalStack.at(var, JARS)
    say("starting Kafka, Postgres and Redis")
    try:
        for part in ("kafka", "postgres", "redis"):
            stack.launch(part).wait_ready()
        stored, copied, valid = uvloop.run(measure(Bench(stack, var)))
    finally:
        stack.stop()
        shutil.rmtree(var, ignore_errors=True)
    rows = SESSIONS * PARTITIONS * ROWS_A_SESSION
    persist_per_s, copy_per_s = rows / statistics.median(stored), rows / statistics.median(copied)
    ratio = statistics.median(copy_s / store_s for store_s, copy_s in zip(stored, copied, strict=True))
    shown = [
        Row("rows of messages and consultations", f"{rows:,}"),
        Row("raw COPY", f"{copy_per_s:,.0f} rows/s"),
        at_least("one persister", persist_per_s, AIM_PER_S, "rows/s", valid),
        at_least("persister over COPY", ratio, AIM_RATIO, "x", valid),
    ]
    figures = {
        "copy_rows_per_s": round(copy_per_s),
        "persist_rows_per_s": round(persist_per_s),
        "ratio": round(ratio, 3),
        "rows": rows,
        "records_per_s": round(rows / ROWS_A_SESSION * RECORDS_A_SESSION / statistics.median(stored)),
        "messages_per_version": (ROWS_A_SESSION - 1) / (RECORDS_A_SESSION - ROWS_A_SESSION + 1),
        "valid": valid,
    }
    show("bench-persist" if valid else "bench-persist: not valid, no aim counts as met", shown, figures)


if __name__ == "__main__":
    main()
