"""`python -m tests.bench.overhead`: what metrics cost. The gateway's and the harness's throughput with them,
scraped each second, over that with AICC_METRICS=false: in turn, in one run, the median ratio of the rounds.

Of two gateways one is used at a time. The harness is killed after each round and goes on where it was.
"""

import argparse
import asyncio
import os
import shutil
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

import httpx
import uvloop

from infra.paths import JARS, VAR
from infra.stack import LocalStack, free_port
from loadgen.engine import blast
from tests.bench import streams
from tests.bench.figures import Row, at_least, say, show
from tests.bench.gateway import CONNECTIONS, start_body
from tests.gateway.conftest import prepare
from tests.gateway.process import GatewayProcess

AIM = 0.95
ON, OFF = "true", "false"
WARM_UP_S = 2.0
BROKER_WARM_UP_S = 30.0
_COMES_S = 60.0
_MOST_PER_S = 60_000
"""As fast as the harness may be before the records do not last."""

_SCRAPE_S = 1.0


class Rounds(NamedTuple):
    """Per second, with metrics and without, round by round."""

    on: Sequence[float]
    off: Sequence[float]

    @property
    def ratios(self) -> list[float]:
        """Of each round."""
        return [with_ / without for with_, without in zip(self.on, self.off, strict=True)]


def main() -> None:
    """Prints the table and, as the last line, the figures as JSON."""
    parser = argparse.ArgumentParser(prog="bench-overhead", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="5 unless told")
    parser.add_argument("--seconds", type=float, default=6.0, help="of each half round, 6 unless told")
    given = parser.parse_args()
    var = VAR / "bench" / f"overhead-{os.getpid()}"
    stack = LocalStack.at(var, JARS)
    say("starting Kafka, Postgres and Redis")
    try:
        stack.start()
        gateway = uvloop.run(_gateway(stack, given.rounds, given.seconds))
        harness = uvloop.run(_harness(stack, given.rounds, given.seconds))
    finally:
        stack.stop()
        shutil.rmtree(var, ignore_errors=True)
    _show(gateway, harness)


async def _gateway(stack: LocalStack, rounds: int, seconds: float) -> Rounds:
    await prepare(stack.kafka.address)
    both = {value: GatewayProcess(stack.environment, admission="false", metrics=value) for value in (ON, OFF)}
    found: dict[str, list[float]] = {ON: [], OFF: []}
    try:
        for one in both.values():
            await asyncio.to_thread(one.start)
        say("warming the broker up")
        for one in both.values():
            await _blast(one, min(BROKER_WARM_UP_S, 4 * seconds) / 2)
        for number in range(rounds):
            for value in (ON, OFF):
                async with _scraped(both[value].port if value == ON else 0):
                    found[value].append(await _blast(both[value], seconds))
            _tell("gateway", number, found)
    finally:
        for one in both.values():
            if one.process:
                await asyncio.to_thread(one.stop)
    return Rounds(found[ON], found[OFF])


async def _blast(gateway: GatewayProcess, seconds: float) -> float:
    """Accepted contacts a second; 0 where any was refused."""
    url = f"http://127.0.0.1:{gateway.port}"
    done = await blast(url, "/chat/start", start_body(), CONNECTIONS, seconds, warm_up_s=WARM_UP_S / 2)
    return done.rate if set(done.statuses) == {200} and not done.errors else 0.0


async def _harness(stack: LocalStack, rounds: int, seconds: float) -> Rounds:
    records = streams.RECORDS = int(2 * rounds * (seconds + WARM_UP_S + 1) * _MOST_PER_S)
    bench = streams.Bench(stack, stack.var)
    say(f"filling {records:,} records")
    await bench.fill()
    count = bench.count(bench.decider.output.name)
    found: dict[str, list[float]] = {ON: [], OFF: []}
    for number in range(rounds):
        for value in (ON, OFF):
            port = free_port()
            with bench.process(AICC_METRICS=value, AICC_METRICS_PORT=str(port)):
                async with _scraped(port if value == ON else 0):
                    found[value].append(await _rate(count, seconds, records))
        _tell("harness", number, found)
    return Rounds(found[ON], found[OFF])


def _tell(who: str, number: int, found: dict[str, list[float]]) -> None:
    say(f"{who}, round {number + 1}: {found[ON][-1]:,.0f}/s, without metrics {found[OFF][-1]:,.0f}/s")


async def _rate(count: Callable[[], Awaitable[int]], seconds: float, records: int) -> float:
    """Outputs a second from WARM_UP_S after the first one on; 0 where the records did not last."""
    before, deadline = await count(), time.monotonic() + _COMES_S
    while await count() == before:
        if before >= records:
            return 0.0
        if time.monotonic() > deadline:
            raise TimeoutError("nothing came out")
        await asyncio.sleep(0.1)
    await asyncio.sleep(WARM_UP_S)
    began, before = time.monotonic(), await count()
    await asyncio.sleep(seconds)
    done, took = await count(), time.monotonic() - began
    return (done - before) / took if done < records else 0.0


@asynccontextmanager
async def _scraped(port: int) -> AsyncIterator[None]:
    """Asked for its metrics each second, as by Prometheus; nobody where the port is 0."""

    async def scrape() -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            while True:
                with suppress(httpx.HTTPError):
                    await client.get(f"http://127.0.0.1:{port}/metrics")
                await asyncio.sleep(_SCRAPE_S)

    scraping = asyncio.create_task(scrape()) if port else None
    try:
        yield
    finally:
        if scraping:
            scraping.cancel()
            await asyncio.wait({scraping})


def _show(gateway: Rounds, harness: Rounds) -> None:
    valid = all(rate > 0 for one in (gateway, harness) for rate in (*one.on, *one.off))
    rows: list[Row] = []
    figures: dict[str, object] = {}
    for name, one in (("gateway", gateway), ("streams", harness)):
        ratios = one.ratios if valid else [0.0]
        ratio = statistics.median(ratios)
        rows += [
            Row(f"{name}, with metrics", f"{statistics.median(one.on):,.0f} /s"),
            Row(f"{name}, without", f"{statistics.median(one.off):,.0f} /s"),
            at_least(f"{name}, with over without", ratio, AIM, "", valid),
            Row(f"{name}, lowest and highest round", f"{min(ratios):.3f} … {max(ratios):.3f}"),
        ]
        figures |= {
            f"{name}_ratio": round(ratio, 3),
            f"{name}_ratio_low": round(min(ratios), 3),
            f"{name}_ratio_high": round(max(ratios), 3),
            f"{name}_on_per_s": round(statistics.median(one.on)),
            f"{name}_off_per_s": round(statistics.median(one.off)),
        }
    show("bench-overhead", rows, {**figures, "valid": valid})


if __name__ == "__main__":
    main()
