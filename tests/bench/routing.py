"""`python -m tests.bench.routing`: decisions a second of one pool on one core, in memory.

50 queues, 20 skills, 1,000 agents (2 to 4 queues with ranks, 3 to 6 skills, 3 chats, half of them calls,
too) hear what a busy pool hears: requests, accepts, rejects, offers that nobody answers, completions, lease
renewals, ticks; one command of fifty is a transfer, a supervisor's move or priority, or a customer who gives
up. The traces differ in who waits. Commands are made outside of the measured time, from seeds that are
printed; outputs are made, not encoded.
"""

import cProfile
import gc
import os
import pstats
import random
import statistics
import sys
import time
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from schemas.assignments import AssignmentMade, OfferMade
from schemas.codec import Tick
from schemas.config import Agent, PoolConfig, Queue
from schemas.ids import session_id
from schemas.needs import Requirement, SkillStep
from schemas.routing import (
    AcceptOffer,
    ApplyConfig,
    CancelContact,
    CompleteContact,
    MoveContact,
    PrioritizeContact,
    RejectOffer,
    RenewLease,
    RequestContact,
    RoutingCommand,
    SetPresence,
    TransferContact,
)
from schemas.states import Channel, Presence
from streams.harness.decider import Life, Moment
from streams.routing.decider import RoutingDecider
from streams.routing.pool import Pool
from tests.bench.figures import Row, at_least, at_most, say, show

QUEUES, SKILLS, AGENTS = 50, 20, 1_000
WARM_UP, COMMANDS = 5_000, int(os.environ.get("BENCH_COMMANDS", "60000"))
BEGIN_MS = 1_790_000_000_000
LONG_S = 1e6
PER_S = 2_000
_BY_HAND = 0.02
AIM_PER_S, AIM_WORST_PER_S, AIM_RATIO, AIM_PACK_MS, AIM_UNPACK_MS = 60_000, 30_000, 2.5, 15.0, 100.0
DECIDER = RoutingDecider()
STEP = DECIDER.rules[1].step


class Trace(NamedTuple):
    """`waiting` contacts with up to `skills` needs each, `busy` contacts with agents; `stuck` ones need
    what hardly anybody has."""

    waiting: int
    skills: int
    busy: int = 4 * AGENTS
    stuck: int = 0


TRACES = {
    "100 waiting": Trace(100, 1),
    "10,000 waiting": Trace(10_000, 1),
    "10,000 waiting, thousands of needs": Trace(10_000, 3),
    "few waiting, most agents free": Trace(0, 1, busy=200),
    "10,000 stuck, most agents free": Trace(0, 1, busy=200, stuck=10_000),
}


class Center:
    """A pool, and commands that fit its state."""

    def __init__(self, trace: Trace, seed: int) -> None:
        self.trace, self.rng = trace, random.Random(seed)
        self.pool: Pool = DECIDER.new("p", 0, Life.ABSENT)
        self.now_ms, self.number = BEGIN_MS, 0
        self.offers: deque[OfferMade] = deque()
        self.serving: list[AssignmentMade] = []
        self.hear(ApplyConfig(config=_configuration(self.rng)))
        for _ in range(trace.stuck):
            self.hear(self._request(4, 5))
        for n in range(AGENTS):
            said = SetPresence(
                pool="p", agent_id=f"a{n}", presence=Presence.ROUTABLE, socket="s", lease_s=LONG_S
            )
            self.hear(said)
        while len(self.serving) < trace.busy and len(self.pool.waiting) < max(
            trace.waiting, trace.stuck + 500
        ):
            self.hear(self._answer() if self.offers else self._request(trace.skills))
        while len(self.pool.waiting) < trace.waiting:
            self.hear(self._answer() if self.offers else self._request(trace.skills))

    def hear(self, command: RoutingCommand) -> float:
        """Seconds of the decision."""
        moment = Moment(self.now_ms, self.now_ms)
        began = time.perf_counter()
        outputs = STEP(self.pool, command, moment)
        seconds = time.perf_counter() - began
        for output in outputs:
            match output.record:
                case OfferMade() as made:
                    self.offers.append(made)
                case AssignmentMade() as made:
                    self.serving.append(made)
        return seconds

    def commands(self) -> Iterator[RoutingCommand]:
        """What comes next, without end; a tick a second."""
        while True:
            for _ in range(PER_S):
                yield self._next()
            self.now_ms += 1_000
            yield Tick()

    def _next(self) -> RoutingCommand:
        chance = self.rng.random()
        if chance < _BY_HAND:
            return self._seldom(chance)
        if chance < 0.1:
            return RenewLease(pool="p", agent_id=f"a{self.rng.randrange(AGENTS)}", socket="s", lease_s=LONG_S)
        if self.offers and chance < 0.9:
            return self._answer()
        if len(self.pool.waiting) < self.trace.waiting or len(self.serving) < min(self.trace.busy, AGENTS):
            return self._request(self.trace.skills)
        if not self.serving:
            return self._request(self.trace.skills)
        at = self.rng.randrange(len(self.serving))
        self.serving[at], self.serving[-1] = self.serving[-1], self.serving[at]
        made = self.serving.pop()
        return CompleteContact(pool="p", agent_id=made.agent_id, contact_id=made.contact_id)

    def _seldom(self, chance: float) -> RoutingCommand:
        """A customer gives up, an agent hands over, a supervisor acts, with contacts of late."""
        n = max(1, self.number - self.rng.randrange(3_000))
        contact = f"{session_id(n % 8, BEGIN_MS, n)}.1"
        if chance < _BY_HAND / 4 and self.serving:
            made = self.serving.pop(self.rng.randrange(len(self.serving)))
            queue = f"q{self.rng.randrange(QUEUES)}"
            return TransferContact(pool="p", agent_id=made.agent_id, contact_id=made.contact_id, queue=queue)
        if chance < _BY_HAND / 2:
            queue = f"q{self.rng.randrange(QUEUES)}"
            return MoveContact(pool="p", supervisor="s", contact_id=contact, queue=queue)
        if chance < _BY_HAND * 3 / 4:
            return PrioritizeContact(pool="p", supervisor="s", contact_id=contact, priority=0)
        return CancelContact(pool="p", contact_id=contact, reason="customer_abandoned")

    def _answer(self) -> RoutingCommand:
        """An accept; one of twenty a reject, and one of twenty offers is left to time."""
        chance = self.rng.random()
        made = self.offers.popleft()
        if chance < 0.05 and self.offers:
            made = self.offers.popleft()
        kind = RejectOffer if chance > 0.95 else AcceptOffer
        return kind(
            pool="p", agent_id=made.agent_id, contact_id=made.contact_id, offer_epoch=made.offer_epoch
        )

    def _request(self, most_skills: int, level: int = 0) -> RequestContact:
        self.number += 1
        session = session_id(self.number % 8, BEGIN_MS, self.number)
        names = self.rng.sample(range(SKILLS), most_skills if level else self.rng.randint(0, most_skills))
        skills = tuple(Requirement(f"s{name}", level or self.rng.randint(1, 3)) for name in names)
        return RequestContact(
            pool="p",
            contact_id=f"{session}.1",
            session_id=session,
            customer_id="c",
            queue=f"q{self.rng.randrange(QUEUES)}",
            channel=Channel.VOICE if self.rng.random() < 0.1 else Channel.CHAT,
            priority=self.rng.choice((3, 5, 5, 5)),
            skills=skills,
            skills_for_s=0.0 if level or not skills else self.rng.uniform(20.0, 60.0),
            relaxed=() if level else (SkillStep(skills[:1], 30.0),),
        )


def _configuration(rng: random.Random) -> PoolConfig:
    names = [f"q{n}" for n in range(QUEUES)]
    skills = tuple(f"s{n}" for n in range(SKILLS))
    return PoolConfig(
        pool="p",
        partition=0,
        queues=tuple(Queue(name=name) for name in names),
        skills=skills,
        agents=tuple(_agent(rng, f"a{n}", names, skills) for n in range(AGENTS)),
    )


def _agent(rng: random.Random, name: str, queues: list[str], skills: tuple[str, ...]) -> Agent:
    chosen = tuple(rng.sample(queues, rng.randint(2, 4)))
    calls = (Channel.CHAT, Channel.VOICE) if rng.random() < 0.5 else (Channel.CHAT,)
    return Agent(
        id=name,
        name=name,
        queues=chosen,
        capacity=3,
        channels=calls,
        ranks={queue: rng.randint(1, 3) for queue in chosen},
        skills={skill: rng.randint(1, 5) for skill in rng.sample(skills, rng.randint(3, 6))},
    )


class Run(NamedTuple):
    """Decisions a second, and microseconds of one."""

    per_s: float
    p50_us: float
    p99_us: float
    most_ms: float


def measure(center: Center) -> Run:
    """The decisions alone, after a warm-up."""
    commands = center.commands()
    for _ in range(WARM_UP):
        center.hear(next(commands))
    gc.collect()
    taken = sorted(center.hear(next(commands)) for _ in range(COMMANDS))
    p50, p99 = statistics.median(taken), taken[int(len(taken) * 0.99)]
    return Run(COMMANDS / sum(taken), p50 * 1e6, p99 * 1e6, taken[-1] * 1e3)


def _snapshot_ms(pool: Pool) -> tuple[float, float, int]:
    """Milliseconds to pack and to unpack, the best of five, and the bytes."""
    packs, unpacks = [], []
    for _ in range(5):
        began = time.perf_counter()
        data = DECIDER.pack(pool)
        packs.append(time.perf_counter() - began)
        began = time.perf_counter()
        DECIDER.unpack(data)
        unpacks.append(time.perf_counter() - began)
    return min(packs) * 1e3, min(unpacks) * 1e3, len(data)


def _where_time_goes(center: Center) -> list[str]:
    """The functions that take the most time themselves."""
    profile, commands = cProfile.Profile(), center.commands()
    for _ in range(COMMANDS // 6):
        command = next(commands)
        profile.enable()
        center.hear(command)
        profile.disable()
    found = pstats.Stats(profile).get_stats_profile().func_profiles
    total = sum(one.tottime for one in found.values())
    most = sorted(found.items(), key=lambda item: -item[1].tottime)[:12]
    return [
        f"{one.tottime / total:5.1%}  {os.path.basename(one.file_name)}:{one.line_number} {name}"
        for name, one in most
    ]


def main() -> None:
    """Prints where the time goes, the table and, as the last line, the figures as JSON."""
    runs: dict[str, Run] = {}
    centers: dict[str, Center] = {}
    for seed, (name, trace) in enumerate(TRACES.items()):
        say(f"{name} (seed {seed})")
        centers[name] = Center(trace, seed)
        runs[name] = measure(centers[name])
        say(f"  {runs[name].per_s:,.0f}/s, p50 {runs[name].p50_us:.1f} us, p99 {runs[name].p99_us:.0f} us")
    few, many = runs["100 waiting"], runs["10,000 waiting"]
    pack_ms, unpack_ms, size = _snapshot_ms(centers["10,000 waiting"].pool)
    for line in _where_time_goes(centers["10,000 waiting"]):
        print(line, file=sys.stderr)
    rows = [
        *(Row(f"{name}: a second", f"{run.per_s:,.0f}") for name, run in runs.items()),
        at_least("10,000 waiting", many.per_s, AIM_PER_S, "/s", True),
        at_most("10,000 over 100 waiting", few.per_s / many.per_s, AIM_RATIO, "x the cost", True),
        at_least("the worst trace", min(run.per_s for run in runs.values()), AIM_WORST_PER_S, "/s", True),
        at_most(f"snapshot of {size / 1000:,.0f} kB packed", pack_ms, AIM_PACK_MS, "ms", True),
        at_most("restored with its indexes", unpack_ms, AIM_UNPACK_MS, "ms", True),
    ]
    figures = {
        "decisions_per_s_10k": many.per_s,
        "decisions_per_s_100": few.per_s,
        "snapshot_ms": pack_ms,
        "snapshot_bytes": size,
        "restored_ms": unpack_ms,
        "valid": True,
    }
    show("bench-routing", rows, figures | {name: run._asdict() for name, run in runs.items()})


if __name__ == "__main__":
    main()
