"""`python -m tests.bench.overload`: three times as much is asked as the platform can do.

The whole platform runs on parts of its own. Its capacity is looked for first: the load goes up in steps,
each a quarter higher, until a step is refused in part, slow, or leaves a stage behind; the most that was
answered with 200 in any step is the maximum. Then three times that for 60 s (BENCH_SECONDS), before and after
it half of it. All classes are asked in the same parts, by processes of their own and without waiting for
answers; times count from when a request was to be sent. Last the cost of a refusal, at gateways of their own.

Nobody is bound to a core: on two of them the load, the broker and all services share them, the capacity is
that of all together, and how much the load itself takes is in the table.
"""

import asyncio
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import msgspec
import psutil
import uvloop
from redis.asyncio import Redis

import migrations
from gateway.security.tokens import agent_claims, sign
from infra.config_publish import apply
from infra.paths import JARS, VAR
from infra.stack.local import LocalStack, local_stack
from loadgen.engine import Client, blast
from schemas.lag import KEY, decode_lag
from schemas.topics import TOPICS
from tests.bench.figures import Row, at_least, at_most, say, show
from tests.bench.offering import MIX, RUNNING, Outcome, Plan
from tests.faults import logs
from tests.gateway.process import GatewayProcess
from tests.platform import Platform, configuration
from tests.waiting import until

SECONDS = float(os.environ.get("BENCH_SECONDS", "60"))
STEP_S = float(os.environ.get("BENCH_STEP_S", "8"))
FIRST_PER_S, FACTOR, STEPS = 300.0, 1.25, 16
TIMES, QUIET = 3.0, 0.5
BEFORE_S, AFTER_S = 10.0, 20.0
PROCESSES, SESSIONS, AGENTS = 2, 200, 30
MOST_REFUSED, MOST_LAG_S, SLOW_MS = 0.02, 2.0, 500.0
COST_ROUNDS, COST_S, COST_CONNECTIONS = 3, 3.0, 32
AIM_COST, AIM_GOODPUT, AIM_KEPT, AIM_P99_MS, AIM_BACK_S = 0.25, 0.9, 99.9, 500.0, 5.0
READY_S = 120.0
LEAST_SENT, MOST_LATE_MS = 0.98, 250.0


class Answers(NamedTuple):
    """What came of some seconds of load, all processes together; `cores` is what the load itself took."""

    seconds: list[dict[str, Counter[int]]]
    ms: dict[str, Counter[int]]
    sent: int
    late_ms: float
    cores: float

    def count(
        self, status: int | None = None, kinds: Iterable[str] = MIX, since: int = 0, to: int = -1
    ) -> int:
        """Answers of a status (None: all) in some of the seconds."""
        those = self.seconds[since : to if to >= 0 else None]
        return sum(
            number
            for one in those
            for kind in kinds
            for found, number in one[kind].items()
            if status is None or found == status
        )

    def by_status(self, since: int) -> dict[str, int]:
        """By class and status; status 0 where no answer came."""
        found: Counter[str] = Counter()
        for one in self.seconds[since:]:
            for kind, counts in one.items():
                found.update({f"{kind} {status}": number for status, number in counts.items()})
        return dict(sorted(found.items()))

    def percentile_ms(self, part: float, kinds: Iterable[str]) -> float:
        """Of those answered with 200."""
        all_ms = sum((self.ms[kind] for kind in kinds), Counter())
        left = part * all_ms.total()
        for ms, number in sorted(all_ms.items()):
            left -= number
            if left <= 0:
                return float(ms)
        return 0.0


class Bench:
    """Against one running platform."""

    def __init__(self, running: Platform, sessions: list[str], tokens: list[str], seed: int) -> None:
        self._running, self._sessions, self._tokens = running, sessions, tokens
        self._seeds = iter(range(seed, seed + 10_000))

    async def offer(self, *stages: tuple[float, float]) -> Answers:
        """Load of so many seconds at so many requests a second, one after the other."""
        plan = Plan(
            gateway=self._running.base_url,
            stages=[(seconds, rate / PROCESSES, rate / PROCESSES) for seconds, rate in stages],
            sessions=self._sessions,
            tokens=self._tokens,
            seed=0,
        )
        plans = [msgspec.structs.replace(plan, seed=next(self._seeds)) for _ in range(PROCESSES)]
        found = await asyncio.gather(*(asyncio.to_thread(_offer, one) for one in plans))
        return _together(found, sum(seconds for seconds, _ in stages))

    async def most(self) -> float:
        """The most requests a second that are answered with 200."""
        best, rate = 0.0, FIRST_PER_S
        for _ in range(STEPS):
            answers = await self.offer((STEP_S, rate))
            good = answers.count(200) / STEP_S
            p99_ms = answers.percentile_ms(0.99, _QUICK)
            lag_s = await self._lag_s()
            best = max(best, good)
            say(f"{rate:,.0f}/s asked: {good:,.0f}/s done, p99 {p99_ms:.0f} ms, lag {lag_s:.1f} s")
            if good < (1 - MOST_REFUSED) * rate or p99_ms > SLOW_MS or lag_s > MOST_LAG_S:
                break
            rate *= FACTOR
        await until(self._is_calm, 120, "the platform does not come to rest")
        return best

    async def _lag_s(self) -> float:
        async with Redis.from_url(self._running.stack.redis.address) as redis:
            value = await redis.get(KEY)
        lag = decode_lag(value) if value else None
        return max((one.seconds for one in lag.partitions), default=0.0) if lag else 999.0

    async def _is_calm(self) -> bool:
        return await self._lag_s() < 1.5


_QUICK = [kind for kind in MIX if kind != "connect"]
"""A connect waits up to a second for an agent, however quick all is."""


def _offer(plan: Plan) -> Outcome:
    command = [sys.executable, "-m", "tests.bench.offering"]
    done = subprocess.run(command, input=msgspec.json.encode(plan), stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout, type=Outcome)


def _together(found: list[Outcome], seconds: float) -> Answers:
    length = max(len(one.seconds) for one in found)
    merged: list[dict[str, Counter[int]]] = [{kind: Counter() for kind in MIX} for _ in range(length)]
    ms: dict[str, Counter[int]] = {kind: Counter() for kind in MIX}
    for outcome in found:
        for kind in MIX:
            ms[kind].update(outcome.ms[kind])
            for second, counts in zip(merged, outcome.seconds, strict=False):
                second[kind].update(counts[kind])
    late_ms = max(one.late_p99_ms for one in found)
    return Answers(
        merged, ms, sum(one.sent for one in found), late_ms, sum(one.cpu_s for one in found) / seconds
    )


async def measure(running: Platform, seed: int) -> dict[str, object]:
    """All but the cost of refusals."""
    sessions, tokens = await _people(running)
    bench = Bench(running, sessions, tokens, seed)
    await _be_present(running, tokens)
    say("warming up")
    await bench.offer((STEP_S, FIRST_PER_S))
    most = await bench.most()
    say(f"at most {most:,.0f}/s; {TIMES:g} times that for {SECONDS:g} s")
    await _be_present(running, tokens)
    answers = await bench.offer((BEFORE_S, QUIET * most), (SECONDS, TIMES * most), (AFTER_S, QUIET * most))
    begin, end = round(BEFORE_S), round(BEFORE_S + SECONDS)
    intended = most * (QUIET * (BEFORE_S + AFTER_S) + TIMES * SECONDS)
    refused = [
        second
        for second in range(end, len(answers.seconds))
        if answers.count(503, since=second, to=second + 1)
    ]
    running_asked = answers.count(None, RUNNING, begin)
    return {
        "most_per_s": round(most),
        "goodput_per_s": round(answers.count(200, MIX, begin, end) / SECONDS),
        "refused_per_s": round(answers.count(503, MIX, begin, end) / SECONDS),
        "kept_ratio": round(answers.count(200, RUNNING, begin) / max(running_asked, 1), 5),
        "admitted_p50_ms": answers.percentile_ms(0.5, _QUICK),
        "admitted_p99_ms": answers.percentile_ms(0.99, _QUICK),
        "connect_p99_ms": answers.percentile_ms(0.99, ["connect"]),
        "back_s": float(refused[-1] + 1 - end) if refused else 0.0,
        "by_status": answers.by_status(begin),
        "other_answers": answers.sent - answers.count(200) - answers.count(503),
        "load_cores": round(answers.cores, 2),
        "late_p99_ms": round(answers.late_ms, 1),
        "sent_ratio": round(answers.sent / intended, 4),
    }


async def _people(running: Platform) -> tuple[list[str], list[str]]:
    """Conversations that run, and agents who are there but take no contacts."""
    pool = configuration().pools[0]
    claims = [agent_claims(one.id, pool, _now_s(), 1.0) for one in pool.agents[:AGENTS]]
    tokens = [sign(one, running.secret) for one in claims]
    async with Client(running.base_url, 16) as client:
        sessions = [await _started(client) for _ in range(SESSIONS)]
    return sessions, tokens


async def _started(client: Client) -> str:
    """However long the platform takes to become quick."""
    while (answer := await client.post("/chat/start", b'{"customer_id":"runs"}')).status != 200:
        await asyncio.sleep(0.1)
    return str(json.loads(answer.body)["session_id"])


async def _be_present(running: Platform, tokens: list[str]) -> None:
    """It lasts a minute without their heartbeats."""
    async with Client(running.base_url, 16) as client:
        for token in tokens:
            said: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            client.send(
                "POST",
                "/agent/presence",
                b'{"presence":"custom","reason":"break"}',
                "application/json",
                lambda answer, said=said: said.set_result(answer.status),  # type: ignore[misc]
                (("Authorization", f"Bearer {token}"),),
            )
            assert await said == 200


def _now_s() -> int:
    return int(time.time())


async def refusal_cost(stack: LocalStack) -> float:
    """The gateway's processor time for a refused /chat/start over that for an accepted one."""
    accepts = GatewayProcess(stack.environment, admission="false")
    refuses = GatewayProcess(stack.environment, route_limits="/chat/start=1")
    try:
        for one in (accepts, refuses):
            await asyncio.to_thread(one.start)
        ratios = []
        for _ in range(COST_ROUNDS):
            accepted, refused = await _cost_s(accepts, 200), await _cost_s(refuses, 503)
            ratios.append(refused / accepted)
            say(f"accepted {accepted * 1e6:.0f} µs, refused {refused * 1e6:.0f} µs: {ratios[-1]:.3f}")
    finally:
        for one in (accepts, refuses):
            await asyncio.to_thread(one.stop)
    return statistics.median(ratios)


async def _cost_s(gateway: GatewayProcess, status: int) -> float:
    assert gateway.process is not None
    process = psutil.Process(gateway.process.pid)
    before = process.cpu_times()
    found = await blast(f"http://127.0.0.1:{gateway.port}", "/chat/start", _body, COST_CONNECTIONS, COST_S)
    after = process.cpu_times()
    answered = sum(found.statuses.values())
    assert found.statuses.get(status, 0) > 0.95 * answered, found.statuses
    return (after.user + after.system - before.user - before.system) / answered


def _body() -> bytes:
    return b'{"customer_id":"cost","message":"Hello, my parcel is late"}'


async def _prepare(stack: LocalStack) -> None:
    await logs.create(stack.kafka.address, TOPICS)
    await apply(stack.kafka.address, configuration(), "bench")


def _platform(stack: LocalStack, var: Path) -> Platform:
    migrations.upgrade(stack.postgres.address)
    asyncio.run(_prepare(stack))
    running = Platform(stack, var, stack.postgres.address)
    for name in ("conversations", "routing", "persister", "notifier", "webhooks", "prober"):
        running.start(name)
    running.start("gateway", AICC_ADMISSION="true")
    return running


def _run(var: Path, seed: int) -> dict[str, object]:
    with local_stack(var, JARS) as stack:
        (var / "services").mkdir(parents=True, exist_ok=True)
        running = _platform(stack, var / "services")
        try:
            asyncio.run(running.ready(READY_S))
            figures = uvloop.run(measure(running, seed))
        finally:
            deaths = {key: one.deaths for key, one in running.services.items() if one.deaths}
            running.stop()
        say("the cost of a refusal")
        cost = uvloop.run(refusal_cost(stack))
    return figures | {"refusal_cost_ratio": round(cost, 3), "deaths": deaths, "seed": seed}


def main() -> None:
    """Prints the table and, as the last line, the figures as JSON."""
    seed = int(os.environ.get("BENCH_SEED") or random.SystemRandom().randrange(2**31))
    say(f"random seed: {seed}")
    var = VAR / "bench" / f"overload-{os.getpid()}"
    try:
        found = _run(var, seed)
    finally:
        shutil.rmtree(var, ignore_errors=True)
    number: Callable[[str], float] = lambda name: float(str(found[name]))  # noqa: E731
    most, goodput = number("most_per_s"), number("goodput_per_s")
    left = max(most - number("refused_per_s") * number("refusal_cost_ratio"), 1.0)
    valid = (
        number("sent_ratio") >= LEAST_SENT and number("late_p99_ms") <= MOST_LATE_MS and not found["deaths"]
    )
    ratio, net = goodput / most, goodput / left
    rows = [
        Row("the most answered with 200", f"{most:,.0f} /s"),
        at_most(
            "a refusal's cost over an accepted request's", number("refusal_cost_ratio"), AIM_COST, "", valid
        ),
        Row(f"goodput at {TIMES:g} times as much over that", f"{ratio:.2f}"),
        at_least("the same less the cost of refusals", net, AIM_GOODPUT, "", valid),
        at_least("running conversations and agents kept", number("kept_ratio") * 100, AIM_KEPT, "%", valid),
        at_most("admitted, p99", number("admitted_p99_ms"), AIM_P99_MS, "ms", valid),
        at_most("until nothing is refused again", number("back_s"), AIM_BACK_S, "s", valid),
        Row("refused", f"{number('refused_per_s'):,.0f} /s"),
        Row("neither 200 nor 503", f"{number('other_answers'):,.0f}"),
        Row("the load's own share", f"{number('load_cores'):.2f} cores"),
        at_least("sent of what was to be sent (validity)", number("sent_ratio"), LEAST_SENT, "", valid),
        at_most("sent late, p99 (validity)", number("late_p99_ms"), MOST_LATE_MS, "ms", valid),
    ]
    figures = found | {"goodput_ratio": round(ratio, 3), "goodput_net_ratio": round(net, 3), "valid": valid}
    show("bench-overload", rows, figures)


if __name__ == "__main__":
    main()
