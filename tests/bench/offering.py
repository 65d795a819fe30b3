"""Open-loop load of all classes, in a process of its own: `python -m tests.bench.offering` reads a plan as
JSON and prints what became of each request, second by second."""

import asyncio
import json
import os
import random
import resource
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import perf_counter

import msgspec
import uvloop

from loadgen.engine import JSON, Answer, Client, Stage, arrivals, arrive

MIX = {"start": 0.78, "connect": 0.02, "history": 0.05, "message": 0.12, "agent": 0.03}
"""What is asked, by class; all of it three times as often when three times as much is asked."""

RUNNING = ("message", "agent")
_KEEP = 200
"""Sessions that this process has started and may ask an agent for."""


class Plan(msgspec.Struct, frozen=True):
    """`stages` as in loadgen.engine, `sessions` are conversations that run, `tokens` those of agents."""

    gateway: str
    stages: list[tuple[float, float, float]]
    sessions: list[str]
    tokens: list[str]
    seed: int
    connections: int = 2_000
    timeout_s: float = 10.0


class Outcome(msgspec.Struct):
    """`seconds` counts answers (0: none) by class in the second in which they were to be sent, `ms` those of
    status 200 by milliseconds from then on."""

    seconds: list[dict[str, dict[int, int]]]
    ms: dict[str, dict[int, int]]
    sent: int
    late_p99_ms: float
    cpu_s: float


class Offering:
    """One run of a plan."""

    def __init__(self, plan: Plan, client: Client) -> None:
        self._plan, self._client = plan, client
        self._rng = random.Random(plan.seed)
        self._number = 0
        self._fresh: list[str] = []
        self._heads = [(("Authorization", f"Bearer {token}"),) for token in plan.tokens]
        length = round(sum(stage[0] for stage in plan.stages))
        self._seconds: list[dict[str, Counter[int]]] = [
            {kind: Counter() for kind in MIX} for _ in range(length + 1)
        ]
        self._ms: dict[str, Counter[int]] = {kind: Counter() for kind in MIX}
        self._open = 0
        self._sends: dict[str, Callable[[Callable[[Answer], None]], None]] = {
            "start": self._start,
            "connect": self._connect,
            "history": self._history,
            "message": self._message,
            "agent": self._agent,
        }

    async def run(self) -> Outcome:
        """Sends all of it, and waits for the answers."""
        self._began = perf_counter()
        stages = [Stage(*stage) for stage in self._plan.stages]
        late = await arrive(arrivals(stages), self._launch)
        while self._open:
            await asyncio.sleep(0.05)
        used = resource.getrusage(resource.RUSAGE_SELF)
        return Outcome(
            seconds=[{kind: dict(counts) for kind, counts in one.items()} for one in self._seconds],
            ms={kind: dict(counts) for kind, counts in self._ms.items()},
            sent=self._number,
            late_p99_ms=late.histogram.get_value_at_percentile(99) / 1000,
            cpu_s=used.ru_utime + used.ru_stime,
        )

    def _launch(self, due: float) -> None:
        self._number += 1
        (kind,) = self._rng.choices(list(MIX), list(MIX.values()))
        if kind == "connect" and not self._fresh:
            kind = "start"
        self._open += 1
        self._sends[kind](partial(self._done, kind, due))

    def _done(self, kind: str, due: float, answer: Answer) -> None:
        self._open -= 1
        self._seconds[int(due - self._began)][kind][answer.status] += 1
        if answer.status != 200:
            return
        self._ms[kind][int((perf_counter() - due) * 1000)] += 1
        if kind == "start" and len(self._fresh) < _KEEP:
            self._fresh.append(json.loads(answer.body)["session_id"])

    def _start(self, done: Callable[[Answer], None]) -> None:
        body = b'{"customer_id":"over-%d-%d","message":"Hello, my parcel is late"}'
        self._client.send("POST", "/chat/start", body % (self._plan.seed, self._number), JSON, done)

    def _connect(self, done: Callable[[Answer], None]) -> None:
        self._client.send("POST", "/agent/connect", _of(self._fresh.pop()) + b"}", JSON, done)

    def _history(self, done: Callable[[Answer], None]) -> None:
        path = f"/consultation/history?customer_id=over-{self._rng.randrange(1_000)}"
        self._client.send("GET", path, b"", "", done)

    def _message(self, done: Callable[[Answer], None]) -> None:
        body = _of(self._rng.choice(self._plan.sessions)) + b',"message":"Is it there?"}'
        self._client.send("POST", "/chat/message", body, JSON, done)

    def _agent(self, done: Callable[[Answer], None]) -> None:
        self._client.send("POST", "/agent/heartbeat", b"{}", JSON, done, self._rng.choice(self._heads))


def _of(session: str) -> bytes:
    return b'{"session_id":"%s"' % session.encode()


async def offer(plan: Plan) -> Outcome:
    """In this process."""
    async with Client(plan.gateway, plan.connections, plan.timeout_s) as client:
        return await Offering(plan, client).run()


def main() -> None:
    """Standard input and output are JSON."""
    # What is measured is the platform, however full it makes the machine.
    with suppress(PermissionError):
        os.nice(-10)
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(offer(plan))))


if __name__ == "__main__":
    main()
