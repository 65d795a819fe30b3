"""`python -m tests.bench.locks`: deadlocks and lock waits while everything that locks goes on at once.

Two aicc-persister processes store small batches from a full topic (bursts of 100 sessions that begin at the
same instant, two of each customer, some of them in months that are taken out meanwhile), readers page through
history, customers are erased, and `aicc-db`'s own functions make, fill, detach, export and drop partitions
without a pause, each with the rights of its role. It ends after TRANSACTIONS (1,250,000).

Transactions (commits and rollbacks) and deadlocks are the database's own counts (pg_stat_database). Lock
waits are timed by the server (log_lock_waits, deadlock_timeout 1 ms): each heavyweight lock (rows,
transactions, tables, advisory ones, pages that extend a table) that was waited for a millisecond or longer,
had in the end or not. The p99 is over these waits alone, those of the care included: of all waits, the
shorter ones too, it is lower. What it can't see: waits under a millisecond, waits for lightweight locks and
buffers, for the disk, a connection or a processor; and of an erasure the time in which it looks on, without
a lock, until older writers are done.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import asyncpg
import uvloop

import migrations
from infra.paths import JARS, VAR
from infra.stack import LocalStack
from infra.stack.ports import free_ports
from schemas.topics import (
    AUDIT,
    CONFIG,
    CONFIG_AUDIT,
    CONVERSATION_COMMANDS,
    CONVERSATION_EVENTS,
    ERASURES,
    ROUTING_EVENTS,
)
from tests.bench.figures import Row, at_most, say, show
from tests.bench.lock_log import SETTINGS, SHORTEST_MS, Wait, by_kind, p99_ms, p99_of_transactions_ms, waits
from tests.bench.locking import BEHIND, Done, Load, role
from tests.faults import logs
from tests.workers.world import ready

TRANSACTIONS = int(os.environ.get("TRANSACTIONS", "1250000"))
AIM_TRANSACTIONS, AIM_MS = 1_250_000, 10.0
PERSISTERS, READERS = 2, 2
KEY = "bench"
_BATCH = 20
_SAY_S = 10.0
_STUCK_S = 120.0
_TOPICS = (
    AUDIT,
    CONFIG,
    CONFIG_AUDIT,
    CONVERSATION_COMMANDS,
    CONVERSATION_EVENTS,
    ERASURES,
    ROUTING_EVENTS,
)
_COUNTS = """
SELECT xact_commit + xact_rollback AS transactions, deadlocks
FROM pg_stat_database WHERE datname = current_database()
"""


Processes = Sequence["subprocess.Popen[bytes]"]


class Counts(NamedTuple):
    """Of the database, since it was made."""

    transactions: int
    deadlocks: int


class Found(NamedTuple):
    """What a run found."""

    transactions: int
    deadlocks: int
    waits: list[Wait]
    done: Done
    seconds: float
    valid: bool


class Bench:
    """A broker and a server of its own, below `var`."""

    def __init__(self, stack: LocalStack, var: Path, wanted: int) -> None:
        self._stack, self._var, self._wanted = stack, var, wanted
        self._url = stack.postgres.address

    async def run(self) -> Found:
        """Until there were enough transactions, and some of everything.

        Raises TimeoutError, and ChildProcessError where a persister ends."""
        await logs.create(self._stack.kafka.address, _TOPICS)
        archive = self._var / "archive"
        archive.mkdir()
        db = await asyncpg.connect(self._url)
        for name, value in SETTINGS.items():
            await db.execute(f"ALTER SYSTEM SET {name} = {value}")
        await db.execute("SELECT pg_reload_conf()")
        await db.execute("SELECT grant_roles()")
        load = Load(self._stack.kafka.address, self._url, KEY, archive)
        with ExitStack() as stack:
            processes: list[subprocess.Popen[bytes]] = []
            for number, port in enumerate(free_ports(PERSISTERS)):
                processes.append(stack.enter_context(self._persister(number, port)))
                # One after the other: at the very first member the broker makes its groups' topic.
                await ready(port)
            before, began = await counts(db), time.monotonic()
            await self._load(db, load, before, processes)
            alive = all_alive(processes)
            after, seconds = await counts(db), time.monotonic() - began
        undone = await db.fetchval("SELECT count(*) FROM erasures WHERE done_at IS NULL")
        erased = await db.fetchval("SELECT count(*) FROM erasures")
        await db.close()
        valid = alive and load.done.everything() and not undone and erased == load.done.erasures
        log = (self._var / "log" / "postgres.log").read_text(errors="replace")
        transactions = after.transactions - before.transactions
        deadlocks = after.deadlocks - before.deadlocks
        return Found(transactions, deadlocks, waits(log.splitlines()), load.done, seconds, valid)

    async def _load(
        self,
        db: asyncpg.Connection,
        load: Load,
        before: Counts,
        persisters: Processes,
    ) -> None:
        """All of it, until it was enough; then what is under way is waited for."""
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(load.bursts(stop))
            for _ in range(READERS):
                tasks.create_task(load.read(stop))
            tasks.create_task(load.erase(stop))
            tasks.create_task(load.tidy(stop))
            try:
                await self._until_enough(db, load, before, persisters)
            finally:
                stop.set()
        deadline = time.monotonic() + _STUCK_S
        wanted = {CONVERSATION_EVENTS.name: load.done.records, ERASURES.name: load.done.erasures}
        while any([await db.fetchval(BEHIND, topic) < count for topic, count in wanted.items()]):
            if time.monotonic() > deadline:
                raise TimeoutError("the persisters do not come to the end; see persister.log")
            await asyncio.sleep(0.05)

    async def _until_enough(
        self,
        db: asyncpg.Connection,
        load: Load,
        before: Counts,
        persisters: Processes,
    ) -> None:
        moved_at = said_at = time.monotonic()
        stored = -1
        while True:
            now, count = time.monotonic(), await counts(db)
            transactions = count.transactions - before.transactions
            if transactions >= self._wanted and load.done.everything():
                return
            behind = await db.fetchval(BEHIND, CONVERSATION_EVENTS.name)
            moved_at, stored = (now, behind) if behind != stored else (moved_at, stored)
            if not all_alive(persisters):
                raise ChildProcessError("a persister has ended; see persister.log")
            if now - moved_at > _STUCK_S:
                raise TimeoutError(f"nothing was stored for {_STUCK_S:g} s; see persister.log")
            if now - said_at > _SAY_S:
                said_at = now
                say(
                    f"{transactions:,} of {self._wanted:,} transactions, {count.deadlocks} deadlocks;"
                    f" {stored:,} records stored, {load.done.erasures} customers erased,"
                    f" {load.done.tidied.detached} partitions detached, {load.done.tidied.moved:,} rows moved"
                )
            await asyncio.sleep(0.1)

    @contextmanager
    def _persister(self, number: int, port: int) -> Iterator["subprocess.Popen[bytes]"]:
        environ = {
            "KAFKA_BOOTSTRAP": self._stack.kafka.address,
            "DATABASE_URL": role(self._url, "persister"),
            "AICC_METRICS_PORT": str(port),
            "AICC_GROUP": "bench-locks",
            "AICC_INSTANCE": f"persister-{number}",
            "AICC_BATCH_RECORDS": str(_BATCH),
            "AICC_FETCH_MIN_BYTES": "1",
            "AICC_ERASURE_KEY": KEY,
        }
        with (self._var / "log" / "persister.log").open("ab") as log:
            command = Path(sys.executable).with_name("aicc-persister")
            process = subprocess.Popen([command], env={**os.environ, **environ}, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def all_alive(processes: Processes) -> bool:
    """Whether none has ended."""
    return all(process.poll() is None for process in processes)


async def counts(db: asyncpg.Connection) -> Counts:
    """As the server knows them by now."""
    row = await db.fetchrow(_COUNTS)
    assert row
    return Counts(row["transactions"], row["deadlocks"])


def measure(var: Path, wanted: int) -> Found:
    """A run from nothing to nothing; the parts' logs stay where it went wrong."""
    stack = LocalStack.at(var, JARS)
    try:
        for part in ("kafka", "postgres"):
            stack.launch(part).wait_ready()
        migrations.upgrade(stack.postgres.address)
        found = uvloop.run(Bench(stack, var, wanted).run())
    finally:
        stack.stop()
    shutil.rmtree(var, ignore_errors=True)
    return found


def figures_of(found: Found) -> Mapping[str, object]:
    """The last line."""
    return {
        "transactions": found.transactions,
        "deadlocks": found.deadlocks,
        "lock_wait_p99_ms": round(p99_ms(found.waits), 3),
        "valid": found.valid,
        "lock_waits": len(found.waits),
        "lock_wait_p99_of_transactions_ms": p99_of_transactions_ms(found.waits, found.transactions),
        "seconds": round(found.seconds, 1),
        **found.done.figures(),
    }


def main() -> None:
    """Prints the table and, as the last line, the figures as JSON."""
    say("starting Kafka and Postgres")
    found = measure(VAR / "bench" / f"locks-{os.getpid()}", TRANSACTIONS)
    longest = max((one.ms for one in found.waits), default=0.0)
    of_all = p99_of_transactions_ms(found.waits, found.transactions)
    shown = [
        Row(
            "transactions",
            f"{found.transactions:,}",
            f"≥ {AIM_TRANSACTIONS:,}",
            found.valid and found.transactions >= AIM_TRANSACTIONS,
        ),
        Row("deadlocks", f"{found.deadlocks}", "0", found.valid and not found.deadlocks),
        at_most("lock waits, p99", p99_ms(found.waits), AIM_MS, "ms", found.valid),
        Row(f"lock waits of {SHORTEST_MS:g} ms and more", f"{len(found.waits):,}"),
        Row("the longest", f"{longest:,.2f} ms"),
        Row("waited by 99 % of transactions at most", f"{of_all:,.2f} ms"),
        *(Row(f"  {kind}", f"{count:,}; p99 {p99:,.2f} ms") for kind, count, p99 in by_kind(found.waits)),
        *(Row(name.replace("_", " "), f"{count:,}") for name, count in found.done.figures().items()),
    ]
    title = "bench-locks" if found.valid else "bench-locks: not valid, no aim counts as met"
    show(title, shown, figures_of(found))


if __name__ == "__main__":
    main()
