"""`python -m tests.bench.paper`: 10,000 agents in 20 pools, through the real routing rules on virtual time.

Each pool has one queue that accepts by itself. Contacts come at random (Poisson), their handling times are
lognormal, nobody gives up. Waits stand beside those of Erlang C, and of Erlang C times (1 + cv²) / 2 (the
approximation of Allen and Cunneen for handling times that are not exponential). No broker: decisions alone.
"""

import argparse
import heapq
import math
import random
import resource
import time
from typing import NamedTuple

from schemas.assignments import AssignmentMade
from schemas.codec import Tick
from schemas.config import Agent, PoolConfig, Queue
from schemas.ids import session_id
from schemas.routing import ApplyConfig, CompleteContact, RequestContact, RoutingCommand, SetPresence
from schemas.states import Presence
from streams.harness.decider import Life, Moment
from streams.insight.staffing import Load, forecast
from streams.routing.decider import RoutingDecider
from streams.routing.pool import Pool
from tests.bench.figures import Row, say, show

DECIDER = RoutingDecider()
STEP = DECIDER.rules[1]
BEGIN_MS = 1_790_000_000_000
LONG_S = 1e6


class Plan(NamedTuple):
    """Of one pool: its agents, how busy they are meant to be, the mean and the coefficient of variation of
    handling times, and virtual seconds, the first of which do not count."""

    agents: int = 500
    occupancy: float = 0.97
    aht_s: float = 300.0
    variation: float = 1.0
    seconds: float = 7_200.0
    warm_up_s: float = 1_800.0

    @property
    def per_s(self) -> float:
        """Contacts a second."""
        return self.agents * self.occupancy / self.aht_s


class Ran(NamedTuple):
    """What a pool did. `waits_s` are those of contacts assigned after the warm-up, sorted; `doubled` agents
    who had two contacts at once, `lost` contacts that neither wait nor were assigned."""

    decisions: int
    took_s: float
    waits_s: list[float]
    doubled: int
    lost: int
    snapshot_bytes: int


class Center:
    """One pool on virtual time."""

    def __init__(self, plan: Plan, rng: random.Random) -> None:
        self.plan, self.rng = plan, rng
        self.pool: Pool = DECIDER.new("p", 0, Life.ABSENT)
        self.decisions, self.took_s, self.doubled, self.came = 0, 0.0, 0, 0
        self._busy: set[str] = set()
        self._asked: dict[str, float] = {}
        self._ends: list[tuple[float, str, str]] = []
        self.waits_s: list[float] = []
        agents = tuple(Agent(id=f"a{n}", name=f"a{n}", queues=("q",)) for n in range(plan.agents))
        queue = Queue(name="q", auto_accept=True, wrap_up_s=0.0)
        self._hear(ApplyConfig(config=PoolConfig(pool="p", partition=0, queues=(queue,), agents=agents)), 0.0)
        for agent in agents:
            there = SetPresence(
                pool="p", agent_id=agent.id, presence=Presence.ROUTABLE, socket="s", lease_s=LONG_S
            )
            self._hear(there, 0.0)

    def run(self) -> Ran:
        """Until the plan's end."""
        comes = self.rng.expovariate(self.plan.per_s)
        while True:
            ends = self._ends[0][0] if self._ends else math.inf
            due_ms = STEP.due_ms(self.pool)
            ticks = (due_ms - BEGIN_MS) / 1000 if due_ms is not None else math.inf
            now = min(comes, ends, ticks)
            if now >= self.plan.seconds:
                break
            if now == ticks:
                self._hear(Tick(), now + 0.001)
            elif now == ends:
                _, agent, contact = heapq.heappop(self._ends)
                self._busy.discard(agent)
                self._hear(CompleteContact(pool="p", agent_id=agent, contact_id=contact), now)
            else:
                self._request(now)
                comes = now + self.rng.expovariate(self.plan.per_s)
        lost = len(self._asked) - len(self.pool.waiting)
        size = len(DECIDER.pack(self.pool))
        return Ran(self.decisions, self.took_s, sorted(self.waits_s), self.doubled, lost, size)

    def _request(self, now: float) -> None:
        self.came += 1
        session = session_id(self.came % 8, BEGIN_MS, self.came)
        contact = f"{session}.1"
        self._asked[contact] = now
        self._hear(
            RequestContact(pool="p", contact_id=contact, session_id=session, customer_id="c", queue="q"), now
        )

    def _hear(self, command: RoutingCommand, now: float) -> None:
        at_ms = BEGIN_MS + round(now * 1000)
        began = time.perf_counter()
        outputs = STEP.step(self.pool, command, Moment(at_ms, at_ms))
        self.took_s += time.perf_counter() - began
        self.decisions += 1
        for output in outputs:
            if isinstance(output.record, AssignmentMade):
                self._assigned(output.record, now)

    def _assigned(self, made: AssignmentMade, now: float) -> None:
        self.doubled += made.agent_id in self._busy
        self._busy.add(made.agent_id)
        asked = self._asked.pop(made.contact_id)
        if now >= self.plan.warm_up_s:
            self.waits_s.append(now - asked)
        spread = math.sqrt(math.log(1 + self.plan.variation**2))
        takes = self.rng.lognormvariate(math.log(self.plan.aht_s) - spread**2 / 2, spread)
        heapq.heappush(self._ends, (now + takes, made.agent_id, made.contact_id))


def percentile(values: list[float], share: float) -> float:
    """Of sorted values."""
    return values[min(int(len(values) * share), len(values) - 1)] if values else 0.0


def expected(plan: Plan) -> tuple[float, float, float, float]:
    """By Erlang C: the share that waits, the mean wait, and its p95 and p99, in seconds; the waits times
    (1 + cv²) / 2."""
    load = Load(calls_per_hour=plan.per_s * 3600, aht_s=plan.aht_s)
    found = forecast(load, plan.agents, 0.0)
    factor = (1 + plan.variation**2) / 2
    mean_s = plan.aht_s / (plan.agents - load.erlangs) * factor
    waits = found.wait_probability
    p95, p99 = (max(0.0, math.log(waits / share)) * mean_s for share in (0.05, 0.01))
    return waits, found.asa_s * factor, p95, p99


def main() -> None:
    """Prints the table and, as the last line, the figures as JSON."""
    parser = argparse.ArgumentParser(
        prog="make bench-paper",
        description=__doc__,
        epilog="Example: make bench-paper ARGS='--pools 2 --seconds 3600'",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--pools", type=int, default=20, help="of 500 agents each (20)")
    parser.add_argument(
        "--seconds", type=float, default=14_400.0, help="virtual, of each pool, half of them warm-up (14,400)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the first pool (0)")
    chosen = parser.parse_args()
    plan = Plan(seconds=chosen.seconds, warm_up_s=chosen.seconds / 2)
    ran = []
    for number in range(chosen.pools):
        ran.append(Center(plan, random.Random(chosen.seed + number)).run())
        say(f"pool {number + 1} of {chosen.pools}: {ran[-1].decisions / ran[-1].took_s:,.0f} decisions/s")
    _tell(plan, ran, chosen.seed)


def _tell(plan: Plan, ran: list[Ran], seed: int) -> None:
    waits = sorted(wait for one in ran for wait in one.waits_s)
    per_s = [one.decisions / one.took_s for one in ran]
    share, mean_s, p95_s, p99_s = expected(plan)
    waited = sum(wait > 0 for wait in waits) / len(waits)
    doubled, lost = sum(one.doubled for one in ran), sum(one.lost for one in ran)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = [
        Row("agents", f"{plan.agents * len(ran):,} in {len(ran)} pools"),
        Row(
            "decisions a second of one pool, the least and the most", f"{min(per_s):,.0f}, {max(per_s):,.0f}"
        ),
        Row("share that waits", f"{waited:.3f}", f"Erlang C {share:.3f}"),
        Row("mean wait", f"{sum(waits) / len(waits):.2f} s", f"Erlang C {mean_s:.2f} s"),
        Row("p95 of the wait", f"{percentile(waits, 0.95):.1f} s", f"Erlang C {p95_s:.1f} s"),
        Row("p99 of the wait", f"{percentile(waits, 0.99):.1f} s", f"Erlang C {p99_s:.1f} s"),
        Row("agents double-booked", str(doubled), "0", doubled == 0),
        Row("contacts lost", str(lost), "0", lost == 0),
        Row("a pool's snapshot", f"{max(one.snapshot_bytes for one in ran) / 1000:,.0f} kB"),
        Row("most memory of the process", f"{peak_mb:,.0f} MiB"),
    ]
    figures: dict[str, object] = {
        "decisions_per_s": round(min(per_s)),
        "decisions": sum(one.decisions for one in ran),
        "p95_s": round(percentile(waits, 0.95), 2),
        "p99_s": round(percentile(waits, 0.99), 2),
        "doubled": doubled,
        "lost": lost,
        "peak_mb": round(peak_mb),
        "seed": seed,
        "valid": True,
    }
    show("bench-paper", rows, figures)


if __name__ == "__main__":
    main()
