"""`python -m tests.bench.match`: from a freed slot to the next offer, through the broker.

The real `aicc-routing` on a Kafka of its own: one pool, 50 queues, 1,000 agents with three slots each, ranks
and skills, 10,000 contacts waiting. 500 slots a second are freed by `contact.complete`; each is filled in
the same decision, the offer is accepted as soon as it is seen, and as many new contacts come. Both ends are
append times in the log: the command's, and that of the `offer.made` whose cause names it. Who waits is
counted in the audit.
"""

import os
import random
import shutil
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from infra.paths import JARS, VAR
from infra.stack import LocalStack
from runtime.kafka import producer_options
from schemas.audit import Decided, decode_audit
from schemas.envelope import Cause
from schemas.topics import AGENT_ASSIGNMENTS, ROUTING_COMMANDS, ROUTING_EVENTS
from tests.bench.figures import Row, at_least, at_most, say, show
from tests.bench.floor import PARTITION, Floor, Plan, Window, prepare, routing
from tests.faults import logs
from tests.faults.logs import Found

PLAN = Plan(waiting=10_000, agents=1_000, per_s=500, warm_up_s=30.0, seconds=40.0)
FEWEST_WAITING, LEAST_FREED = 0.9, 0.95
AIM_P99_MS = 50.0
_STEPS = {Decided.ENQUEUED: 1, Decided.REQUEUED: 1, Decided.OFFERED: -1, Decided.CANCELED: -1}


class Figures(NamedTuple):
    """Slots freed and filled a second, milliseconds from one to the other, and the fewest who waited."""

    freed_per_s: float
    matches_per_s: float
    p50_ms: float
    p99_ms: float
    most_ms: float
    waiting: int
    matches: int

    def valid(self, plan: Plan) -> bool:
        """Whether it was the load that is meant."""
        enough = min(self.freed_per_s, self.matches_per_s) >= LEAST_FREED * plan.per_s
        return enough and self.waiting >= FEWEST_WAITING * plan.waiting


async def measure(plan: Plan, bootstrap: str, var: Path, rng: random.Random) -> Figures:
    """Everything but the broker, from nothing."""
    await prepare(bootstrap, plan, rng)
    producer = AIOKafkaProducer(**producer_options(bootstrap, "bench"))
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=20
    )
    async with routing(bootstrap, var) as service:
        try:
            await producer.start()
            await consumer.start()
            consumer.assign([TopicPartition(AGENT_ASSIGNMENTS.name, PARTITION)])
            window = await Floor(producer, consumer, plan, rng).run()
        finally:
            await consumer.stop()
            await producer.stop()
        if service.deaths:
            raise RuntimeError(f"aicc-routing ended with {service.deaths}")
    names = [ROUTING_COMMANDS.name, AGENT_ASSIGNMENTS.name, ROUTING_EVENTS.name]
    found = await logs.read(bootstrap, names)
    commands, assignments, events = (found[name] for name in names)
    return judge(commands, assignments, events, window)


def judge(
    commands: Iterable[Found], assignments: Iterable[Found], events: Iterable[Found], window: Window
) -> Figures:
    """What the log says of the slots freed in the window."""
    freed = {
        record.offset: record.timestamp
        for record in commands
        if record.partition == PARTITION
        and record.header("type") == "contact.complete"
        and window.begin_ms <= record.timestamp < window.end_ms
    }
    offered: dict[int, int] = {}
    for record in assignments:
        if record.header("type") == "offer.made":
            offset = Cause.parse(record.header("cause")).offset
            if offset in freed:
                offered.setdefault(offset, record.timestamp)
    took_ms = sorted(at_ms - freed[offset] for offset, at_ms in offered.items())
    seconds = (window.end_ms - window.begin_ms) / 1000
    return Figures(
        freed_per_s=len(freed) / seconds,
        matches_per_s=len(took_ms) / seconds,
        p50_ms=statistics.median(took_ms) if took_ms else 0.0,
        p99_ms=float(took_ms[int(len(took_ms) * 0.99)]) if took_ms else 0.0,
        most_ms=float(took_ms[-1]) if took_ms else 0.0,
        waiting=_fewest(events, window),
        matches=len(took_ms),
    )


def _fewest(events: Iterable[Found], window: Window) -> int:
    """How many waited at the least, by the audit."""
    waiting, fewest = 0, None
    for record in events:
        waiting += _STEPS.get(decode_audit(record.value or b"").event, 0)
        if window.begin_ms <= record.timestamp < window.end_ms:
            fewest = waiting if fewest is None else min(fewest, waiting)
    return fewest or 0


def main() -> None:
    """Prints the table and, as the last line, the figures as JSON."""
    seed = int(os.environ.get("BENCH_SEED") or random.SystemRandom().randrange(2**32))
    say(f"random seed: {seed}")
    var = VAR / "bench" / f"match-{os.getpid()}"
    stack = LocalStack.at(var, JARS)
    say("starting Kafka")
    try:
        stack.launch("kafka").wait_ready()
        found = uvloop.run(measure(PLAN, stack.kafka.address, var, random.Random(seed)))
    finally:
        stack.stop()
        shutil.rmtree(var, ignore_errors=True)
    valid = found.valid(PLAN)
    freed_aim, waiting_aim = LEAST_FREED * PLAN.per_s, FEWEST_WAITING * PLAN.waiting
    rows = [
        at_least("slots freed a second (validity)", found.freed_per_s, freed_aim, "/s", valid),
        at_least("waiting at the least (validity)", found.waiting, waiting_aim, "", valid),
        Row("slots filled a second", f"{found.matches_per_s:,.1f}"),
        Row("completion to offer, p50", f"{found.p50_ms:,.0f} ms"),
        at_most("completion to offer, p99", found.p99_ms, AIM_P99_MS, "ms", valid),
        Row("completion to offer, the longest", f"{found.most_ms:,.0f} ms"),
    ]
    figures = {
        "matches_per_s": round(found.matches_per_s, 1),
        "offer_p50_ms": found.p50_ms,
        "offer_p99_ms": found.p99_ms,
        "freed_per_s": round(found.freed_per_s, 1),
        "waiting": found.waiting,
        "matches": found.matches,
        "agents": PLAN.agents,
        "seed": seed,
        "valid": valid,
    }
    show("bench-match", rows, figures)


if __name__ == "__main__":
    main()
