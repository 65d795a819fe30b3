"""`python -m tests.bench.gateway`: what /chat/start costs beside a bare echo of the same server.

The echo is a route of the same app: same process, parsing, answer length and client, in turn with
/chat/start. Each accepted request is counted in the topic. The routes that wait for a verdict are answered
by a stand-in for the conversations at once: their figures are the way through gateway, Kafka and Redis.
Admission is on.
"""

import asyncio
import json
import os
import shutil
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass

import psutil
import uvloop
from aiokafka import AIOKafkaConsumer, TopicPartition
from rich.console import Console
from rich.table import Table

from infra.paths import JARS, VAR
from infra.stack import LocalStack
from loadgen.engine import Result, blast
from schemas.ids import session_id
from schemas.topics import CONVERSATION_COMMANDS
from tests.bench.answering import Answering
from tests.gateway.conftest import prepare
from tests.gateway.process import GatewayProcess

ROUNDS = 5
ROUND_S = 4.0
WARM_UP_S = 1.0
BROKER_WARM_UP_S = 30.0
"""So long the broker's JIT compiler takes half a core."""

CONNECTIONS = 64
ROUTE_S = 5.0
ROUTE_CONNECTIONS = 16
CONNECT = "/agent/connect"
ROUTES = {
    "/chat/message": ',"message":"Where is my parcel?"',
    CONNECT: "",
    "/chat/end": "",
    "/ivr/process": ',"input":"1"',
}
"""Those that wait for a verdict, and what their bodies have beside the session."""

AIM_RATIO = 0.65
AIM_P99_MS = 20.0
AIM_CONNECT_MS = 50.0
MOST_OTHERS = 0.3
"""Cores that other processes of the machine may use meanwhile."""

say = Console(stderr=True).print


@dataclass(frozen=True)
class Round:
    """Echo and /chat/start, one after the other."""

    echo: Result
    start: Result
    others: float

    @property
    def ratio(self) -> float:
        return self.start.rate / self.echo.rate if self.echo.rate else 0.0


def main() -> None:
    """Prints the table and, as the last line, the figures as JSON."""
    var = VAR / "bench" / f"gateway-{os.getpid()}"
    stack = LocalStack.at(var, JARS)
    say("starting Kafka, Postgres and Redis")
    try:
        stack.start()
        figures = uvloop.run(_measure(stack))
    finally:
        stack.stop()
        shutil.rmtree(var, ignore_errors=True)
    _show(figures)
    print(json.dumps(figures))


async def _measure(stack: LocalStack) -> dict[str, float | bool]:
    await prepare(stack.kafka.address)
    gateway = GatewayProcess(stack.environment, bench=1)
    await asyncio.to_thread(gateway.start)
    assert gateway.process is not None
    ours = [psutil.Process(), psutil.Process(gateway.process.pid), *_processes(stack)]
    try:
        say("warming the broker up")
        await _blast(gateway, "/chat/start", start_body(), CONNECTIONS, BROKER_WARM_UP_S)
        before = await _in_topic(stack.kafka.address)
        rounds = [await _round(gateway, ours, number) for number in range(ROUNDS)]
        added = await _in_topic(stack.kafka.address) - before
        routes = await _routes(stack, gateway)
    finally:
        status = await asyncio.to_thread(gateway.stop)
    return _figures(rounds, routes, added, status)


async def _round(gateway: GatewayProcess, ours: list[psutil.Process], number: int) -> Round:
    busy, used = _busy_s(), _used_s(ours)
    echo = await _blast(gateway, "/bench/echo", start_body(), CONNECTIONS, ROUND_S)
    start = await _blast(gateway, "/chat/start", start_body(), CONNECTIONS, ROUND_S)
    others = (_busy_s() - busy - (_used_s(ours) - used)) / (2 * (ROUND_S + WARM_UP_S))
    say(
        f"round {number + 1} of {ROUNDS}: echo {echo.rate:,.0f}/s, /chat/start {start.rate:,.0f}/s, "
        f"p99 {start.percentile_ms(99):.1f} ms, others {others:.2f} cores"
    )
    return Round(echo, start, others)


async def _routes(stack: LocalStack, gateway: GatewayProcess) -> dict[str, Result]:
    found: dict[str, Result] = {}
    with Answering(stack.kafka.address, stack.redis.address):
        for path, more in ROUTES.items():
            say(path)
            body = _session_body(more)
            found[path] = await _blast(gateway, path, body, ROUTE_CONNECTIONS, ROUTE_S)
    return found


async def _blast(
    gateway: GatewayProcess, path: str, bodies: Callable[[], bytes], connections: int, seconds: float
) -> Result:
    url = f"http://127.0.0.1:{gateway.port}"
    return await blast(url, path, bodies, connections, seconds, warm_up_s=WARM_UP_S)


def _figures(
    rounds: list[Round], routes: dict[str, Result], added: int, status: int
) -> dict[str, float | bool]:
    results = [result for one in rounds for result in (one.echo, one.start)] + [*routes.values()]
    of_routes = {
        f"{path} {name}": round(value, 2)
        for path, one in routes.items()
        for name, value in (("per_s", one.rate), ("p99_ms", one.percentile_ms(99)))
    }
    connect = routes[CONNECT]
    flawless = all(set(result.statuses) == {200} and not result.errors for result in results)
    accepted = sum(one.start.statuses.get(200, 0) for one in rounds)
    others = statistics.median(one.others for one in rounds)
    return {
        "echo_per_s": round(statistics.median(one.echo.rate for one in rounds)),
        "accepted_per_s": round(statistics.median(one.start.rate for one in rounds)),
        "ratio": round(statistics.median(one.ratio for one in rounds), 3),
        "p50_ms": round(statistics.median(one.start.percentile_ms(50) for one in rounds), 2),
        "p99_ms": round(statistics.median(one.start.percentile_ms(99) for one in rounds), 2),
        "connect_p50_ms": round(connect.percentile_ms(50), 2),
        "connect_p99_ms": round(connect.percentile_ms(99), 2),
        "connects_per_s": round(connect.rate),
        **of_routes,
        "others_cores": round(others, 2),
        # The topic holds the warm-ups' records too.
        "valid": flawless and added >= accepted and status == 0 and others <= MOST_OTHERS,
    }


def _show(figures: dict[str, float | bool]) -> None:
    valid = bool(figures["valid"])
    table = Table(title="gateway" if valid else "gateway: not valid, no aim counts as met")
    for heading in ("figure", "measured", "aim", "met"):
        table.add_column(heading)
    aims = {
        "ratio": (f"≥ {AIM_RATIO}", figures["ratio"] >= AIM_RATIO),
        "p99_ms": (f"< {AIM_P99_MS:g}", figures["p99_ms"] < AIM_P99_MS),
        "connect_p99_ms": (f"< {AIM_CONNECT_MS:g}", figures["connect_p99_ms"] < AIM_CONNECT_MS),
        "others_cores": (f"≤ {MOST_OTHERS:g}", figures["others_cores"] <= MOST_OTHERS),
    }
    for name, value in figures.items():
        aim, met = aims.get(name, ("", False))
        table.add_row(name, str(value), aim, ("yes" if met and valid else "no") if aim else "")
    Console(file=sys.stdout).print(table)


def start_body() -> Callable[[], bytes]:
    """Makes bodies of /chat/start, each of another customer."""
    number = 0

    def body() -> bytes:
        nonlocal number
        number += 1
        return b'{"customer_id":"customer-%d","message":"Hello, I would like to change my order"}' % number

    return body


def _session_body(more: str) -> Callable[[], bytes]:
    number = 0

    def body() -> bytes:
        nonlocal number
        number += 1
        session = session_id(number % CONVERSATION_COMMANDS.partitions, 1_790_000_000_000, number)
        return f'{{"session_id":"{session}"{more}}}'.encode()

    return body


async def _in_topic(bootstrap: str) -> int:
    topic = CONVERSATION_COMMANDS
    places = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        return sum((await consumer.end_offsets(places)).values())


def _processes(stack: LocalStack) -> list[psutil.Process]:
    running = [psutil.Process(one.process.pid) for one in stack.running.values()]
    return [found for one in running for found in (one, *one.children(recursive=True))]


def _used_s(processes: list[psutil.Process]) -> float:
    total = 0.0
    for process in processes:
        if process.is_running():
            times = process.cpu_times()
            total += times.user + times.system
    return total


def _busy_s() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait - times.guest - times.guest_nice)


if __name__ == "__main__":
    main()
