"""Nothing that was answered 200 is lost or doubled, whichever process dies."""

import asyncio
import random

import pytest

from tests.faults.platforms import Siege, besieged
from tests.platform import Platform
from tests.waiting import until

FEW_OR_MANY = [3, pytest.param(20, marks=pytest.mark.faults)]
PAUSE_S = 8.0
"""Longer than the session timeout of 6 s."""

TAKEN_OVER_WITHIN_S = 30.0
"""The other worker hears of the rebalance with its next heartbeat, then opens what it got."""


@pytest.mark.parametrize("times", FEW_OR_MANY)
def test_processors_killed(platform: Platform, rng: random.Random, times: int) -> None:
    async def faults(siege: Siege) -> None:
        await siege.kill(["conversations-0", "routing-0"], times, rng)

    report = besieged(platform, rng.randrange(2**31), faults)
    assert report, str(report)


@pytest.mark.parametrize("times", FEW_OR_MANY)
@pytest.mark.faults
def test_persister_and_notifier_killed(platform: Platform, rng: random.Random, times: int) -> None:
    async def faults(siege: Siege) -> None:
        await siege.kill(["persister-0", "notifier-0"], times, rng)

    report = besieged(platform, rng.randrange(2**31), faults)
    assert report, str(report)


@pytest.mark.parametrize("times", [pytest.param(times, marks=pytest.mark.faults) for times in (1, 5)])
def test_a_second_worker_joins_and_takes_over_from_a_paused_one(
    platform: Platform, rng: random.Random, times: int
) -> None:
    async def faults(siege: Siege) -> None:
        for name in ("conversations", "routing"):
            platform.start(name, "1")  # a rebalance in mid-load
        for _ in range(times):
            for name in ("conversations", "routing"):
                await siege.in_full_flow()
                chosen = rng.randrange(2)
                service, other = (platform.services[f"{name}-{n}"] for n in (chosen, 1 - chosen))
                deaths, opened = len(service.deaths), other.count('"opened"')
                with service.paused():
                    await asyncio.sleep(PAUSE_S)
                    await until(
                        lambda: other.count('"opened"') > opened,  # noqa: B023
                        TAKEN_OVER_WITHIN_S,
                        f"{other.name} has not taken over",
                    )
                await service.death(deaths + 1)  # it must not go on as if nothing had been

    try:
        report = besieged(platform, rng.randrange(2**31), faults)
        assert report, str(report)
    finally:
        for key in ("conversations-1", "routing-1"):
            platform.end(key)


@pytest.mark.parametrize(
    "part",
    [
        pytest.param("kafka", marks=pytest.mark.faults),
        pytest.param("postgres", marks=pytest.mark.faults),
        pytest.param("redis", marks=pytest.mark.faults),
    ],
)
def test_a_server_restarted(platform: Platform, rng: random.Random, part: str) -> None:
    async def faults(siege: Siege) -> None:
        await asyncio.to_thread(platform.stack.restart, part)
        await siege.in_full_flow()
        await asyncio.to_thread(platform.stack.restart, part, kill=True)

    report = besieged(platform, rng.randrange(2**31), faults)
    assert report, str(report)
