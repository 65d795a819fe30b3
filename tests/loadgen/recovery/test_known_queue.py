"""Real runs against services that work at a known rate: the measured recovery is the one that theory says."""

import asyncio
import subprocess
import sys
from time import perf_counter

import pytest

from loadgen.engine import Answer, Client, arrivals, arrive
from loadgen.engine.schedule import Stage
from loadgen.recovery import Outcome, Rules, analyse
from tests.loadgen.servers import free_port

RULES = Rules().compressed(12)
RATE, PEAK = 100.0, 400.0
PLATEAU_S, SPIKE_S, AFTER_S = 14, 4, 13
STAGES = (Stage(PLATEAU_S, RATE, RATE), Stage(SPIKE_S, PEAK, PEAK), Stage(AFTER_S, RATE, RATE))
SECONDS = PLATEAU_S + SPIKE_S + AFTER_S
CAPACITIES = (220.0, 260.0, 320.0)


async def _lags(url: str, began: float) -> list[float]:
    """The queue at the end of each second."""
    found = []
    async with Client(url, connections=1) as client:
        for second in range(SECONDS):
            await asyncio.sleep(began + second + 1 - perf_counter())
            found.append(float((await client.get("/lag")).body))
    return found


async def _run(url: str) -> list[float]:
    async with Client(url, connections=64) as client:

        def launch(due: float) -> None:
            client.send("POST", "/work", b"{}", "application/json", answers.append)

        answers: list[Answer] = []
        lags = asyncio.create_task(_lags(url, perf_counter()))
        await arrive(arrivals(STAGES), launch)
        found = await lags
    assert all(answer.ok for answer in answers)
    assert len(answers) == sum(stage.total for stage in STAGES)
    return found


async def _all(urls: list[str]) -> list[list[float]]:
    return await asyncio.gather(*(_run(url) for url in urls))


@pytest.mark.faults
def test_three_services_recover_when_their_queues_say_so() -> None:
    ports = [free_port() for _ in CAPACITIES]
    services = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.loadgen.recovery.known_queue", str(port), str(per_s)],
            stdout=subprocess.PIPE,
        )
        for port, per_s in zip(ports, CAPACITIES, strict=True)
    ]
    try:
        for service in services:
            assert service.stdout
            service.stdout.readline()
        found = asyncio.run(_all([f"http://127.0.0.1:{port}" for port in ports]))
    finally:
        for service in services:
            service.kill()
            service.wait()
    offered = [RATE] * PLATEAU_S + [PEAK] * SPIKE_S + [RATE] * AFTER_S
    for per_s, lags in zip(CAPACITIES, found, strict=True):
        (told,) = analyse(offered, {"lag_records": lags}, RULES, capacity=per_s)
        truth_s = (PEAK - per_s) * SPIKE_S / (per_s - RATE)
        assert told.outcome == Outcome.RECOVERED, (per_s, told.reason, lags)
        assert told.recovery_s is not None
        assert abs(told.recovery_s - truth_s) <= 2.0, (per_s, truth_s, told, lags)
        assert told.predicted_s is not None
        assert abs(told.predicted_s - truth_s) <= 2.0
