"""`python -m tests.bench.connect`: how long a customer waits for an agent who is free, end to end.

The whole platform runs on parts of its own, with admission on and staff's tokens checked. BENCH_PER_S (200)
customers a second start a conversation, ask for an agent and end it, for BENCH_SECONDS (30) after a warm-up
that does not count; they do not wait for each other. A connect's time counts from when it was due.
"""

import asyncio
import os
import shutil
import time
from itertools import cycle
from pathlib import Path

import msgspec
import psutil
import uvloop

import migrations
from gateway.security.tokens import agent_claims, sign
from infra.config_publish import apply
from infra.paths import JARS, VAR
from infra.stack.local import LocalStack, local_stack
from loadgen.engine import JSON, Answer, Client
from schemas.config import Agent, Configuration, PoolConfig, Queue
from schemas.topics import TOPICS
from tests.bench.connecting import LEAD_S, QUEUE, REFUSED, Connecting, Outcome
from tests.bench.figures import Row, at_least, at_most, say, show
from tests.faults import logs
from tests.platform import Platform

SECONDS = float(os.environ.get("BENCH_SECONDS", "30"))
PER_S = float(os.environ.get("BENCH_PER_S", "200"))
AIM_SECONDS, AIM_PER_S = 30.0, 200.0
WARM_UP_S = 20.0
AGENTS, CAPACITY = 100, 10
HEARTBEAT_EVERY_S = 20.0
"""Presence said by a call lasts a minute without one."""

READY_S, PRESENT_S, PROGRESS_S = 120.0, 60.0, 5.0
AIM_P99_MS, LEAST_DONE = 100.0, 0.95
ANSWERED = ("assigned", "queued", *REFUSED)
SERVICES = ("conversations", "routing", "persister", "notifier", "prober", "webhooks")


def pool() -> PoolConfig:
    """Slots for several seconds of customers, who hold theirs for as long as their end takes."""
    queue = Queue(name=QUEUE, auto_accept=True, wrap_up_s=0.0)
    agents = tuple(
        Agent(id=f"agent-{n}", name=f"Agent {n}", queues=(QUEUE,), capacity=CAPACITY) for n in range(AGENTS)
    )
    return PoolConfig(pool="pool-bench", partition=0, queues=(queue,), agents=agents)


class Desk:
    """The agents, who are there for as long as calls say so."""

    def __init__(self, client: Client, secret: str) -> None:
        self._client = client
        claims = [agent_claims(one.id, pool(), int(time.time()), 1.0) for one in pool().agents]
        self._heads = [(("Authorization", f"Bearer {sign(one, secret)}"),) for one in claims]

    async def open(self) -> None:
        """Says that each is there, however long the platform takes to become quick. Raises TimeoutError."""
        async with asyncio.timeout(PRESENT_S):
            for head in self._heads:
                while (await self._post("/agent/presence", b'{"presence":"routable"}', head)).status != 200:
                    await asyncio.sleep(0.1)

    async def keep(self) -> None:
        """Renews their presence, one after the other, until cancelled."""
        for head in cycle(self._heads):
            answer = await self._post("/agent/heartbeat", b"{}", head)
            if not answer.ok:
                say(f"a heartbeat was answered with {answer.kind} {answer.body.decode(errors='replace')}")
            await asyncio.sleep(HEARTBEAT_EVERY_S / AGENTS)

    async def _post(self, path: str, body: bytes, head: tuple[tuple[str, str], ...]) -> Answer:
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def done(answer: Answer) -> None:
            # At the end of the run its answer may come after the heartbeats were cancelled.
            if not answered.done():
                answered.set_result(answer)

        self._client.send("POST", path, body, JSON, done, head)
        return await answered


async def measure(running: Platform) -> Outcome:
    """One run of load against the platform that runs."""
    async with Client(running.base_url, connections=16) as staff, Client(running.base_url, 512) as customers:
        desk, connecting = Desk(staff, running.secret), Connecting(customers)
        say(f"{AGENTS} agents come")
        await desk.open()
        beside = [asyncio.create_task(one) for one in (desk.keep(), _progress(connecting.outcome, staff))]
        try:
            return await connecting.run(
                [number / PER_S for number in range(round((WARM_UP_S + SECONDS) * PER_S))],
                left_out=round(WARM_UP_S * PER_S),
            )
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)


async def _progress(outcome: Outcome, client: Client) -> None:
    say(f"warming up for {WARM_UP_S:g} s at {PER_S:g}/s")
    await asyncio.sleep(WARM_UP_S + LEAD_S)
    began, before_s = time.monotonic(), _others_s()
    while True:
        await asyncio.sleep(min(PROGRESS_S, SECONDS / 2))
        outcome.others_cores = (_others_s() - before_s) / (time.monotonic() - began)
        pressures = _pressures((await client.get("/metrics")).body.decode())
        outcome.pressures |= {
            signal: max(found, outcome.pressures.get(signal, 0.0)) for signal, found in pressures.items()
        }
        p99_ms = outcome.latencies.percentile_ms(99)
        say(
            f"{outcome.words['assigned']:,} of {outcome.asked:,} assigned, p99 {p99_ms:.0f} ms, "
            f"pressures {pressures}"
        )


def _pressures(metrics: str) -> dict[str, float]:
    """Why the gateway sheds, where it does: its signals over their targets."""
    return {
        line.split('"')[1]: round(float(line.rsplit(" ", 1)[1]), 2)
        for line in metrics.splitlines()
        if line.startswith("aicc_admission_pressure{")
    }


def _others_s() -> float:
    """Processor seconds that went to what this process did not start."""
    times = psutil.cpu_times()
    busy = float(sum(times) - times.idle - times.iowait - times.guest - times.guest_nice)
    here = psutil.Process()
    return busy - sum(sum(one.cpu_times()[:2]) for one in (here, *here.children(recursive=True)))


async def _prepare(stack: LocalStack) -> None:
    await logs.create(stack.kafka.address, TOPICS)
    await apply(stack.kafka.address, Configuration(pools=(pool(),)), "bench")


def _run(var: Path) -> tuple[Outcome, dict[str, list[int]]]:
    say("starting Kafka, Postgres, Redis and the services")
    with local_stack(var, JARS) as stack:
        migrations.upgrade(stack.postgres.address)
        asyncio.run(_prepare(stack))
        (var / "services").mkdir(parents=True, exist_ok=True)
        running = Platform(stack, var / "services", stack.postgres.address)
        try:
            for name in SERVICES:
                running.start(name)
            running.start("gateway", AICC_ADMISSION="true", AICC_PROFILE="local")
            asyncio.run(running.ready(READY_S))
            outcome = uvloop.run(measure(running))
            deaths = {key: one.deaths for key, one in running.services.items() if one.deaths}
        finally:
            running.stop()
    return outcome, deaths


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The last line. A connect's times in milliseconds; `by_word` counts what became of all of them,
    `pressures` are the highest of the admission's signals among those seen, over their targets."""

    connect_p50_ms: float
    connect_p99_ms: float
    connect_mean_ms: float
    connect_p95_ms: float
    offered_per_s: float
    per_s: float
    assigned_share: float
    by_word: dict[str, int]
    shed: int
    neither: int
    ends_failed: int
    late_p99_ms: float
    others_cores: float
    pressures: dict[str, float]
    deaths: dict[str, list[int]]
    valid: bool


def figures_of(outcome: Outcome, deaths: dict[str, list[int]]) -> Figures:
    """Not valid where too few were done, one was neither assigned nor refused, or a service died."""
    latencies, words = outcome.latencies, outcome.words
    p50, p95, p99 = (round(latencies.percentile_ms(percent), 1) for percent in (50, 95, 99))
    per_s = outcome.answered / max(SECONDS, outcome.ended - outcome.began)
    return Figures(
        connect_p50_ms=p50,
        connect_p99_ms=p99,
        connect_mean_ms=round(latencies.histogram.get_mean_value() / 1000, 1) if latencies.count else 0.0,
        connect_p95_ms=p95,
        offered_per_s=PER_S,
        per_s=round(per_s, 1),
        assigned_share=round(words["assigned"] / max(outcome.asked, 1), 4),
        by_word=dict(words),
        shed=words["shed"] + words["start shed"],
        neither=outcome.others,
        ends_failed=outcome.ends_failed,
        late_p99_ms=round(outcome.late_ms, 1),
        others_cores=round(outcome.others_cores, 2),
        pressures=outcome.pressures,
        deaths=deaths,
        valid=per_s >= LEAST_DONE * PER_S and not outcome.others and not deaths,
    )


def _rows(found: Figures) -> list[Row]:
    counts = found.valid and PER_S >= AIM_PER_S and SECONDS >= AIM_SECONDS
    errors = sum(number for word, number in found.by_word.items() if word not in ANSWERED)
    return [
        Row("connects offered", f"{PER_S:,.1f} /s"),
        at_least("connects done (validity)", found.per_s, LEAST_DONE * PER_S, "/s", found.valid),
        Row("assigned", f"{100 * found.assigned_share:.2f} %"),
        Row("connect, p50", f"{found.connect_p50_ms:,.1f} ms"),
        at_most("connect, p99", found.connect_p99_ms, AIM_P99_MS, "ms", counts),
        Row("connect, mean (published reference: 2,100 ms)", f"{found.connect_mean_ms:,.1f} ms"),
        Row("connect, p95 (published reference: 3,200 ms)", f"{found.connect_p95_ms:,.1f} ms"),
        Row("shed", f"{found.shed:,}"),
        Row("errors", f"{errors:,}"),
        Row("neither assigned nor refused (validity)", f"{found.neither:,}", "0", found.neither == 0),
        Row("ends that failed", f"{found.ends_failed:,}"),
        Row("sent late, p99 (part of the times)", f"{found.late_p99_ms:.1f} ms"),
        Row("other processes of the machine", f"{found.others_cores:.2f} cores"),
    ]


def main() -> None:
    """Prints the table and, as the last line, the figures as JSON."""
    var = VAR / "bench" / f"connect-{os.getpid()}"
    try:
        outcome, deaths = _run(var)
    finally:
        shutil.rmtree(var, ignore_errors=True)
    found = figures_of(outcome, deaths)
    title = "connect" if found.valid else "connect: not valid, no aim counts as met"
    show(title, _rows(found), msgspec.structs.asdict(found))


if __name__ == "__main__":
    main()
