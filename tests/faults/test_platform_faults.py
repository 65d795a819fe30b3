"""Nothing that was answered 200 is lost or doubled, whichever process dies."""

import random

import pytest

from tests.faults.platforms import Siege, besieged
from tests.platform import Platform

FEW_OR_MANY = [3, pytest.param(20, marks=pytest.mark.faults)]


@pytest.mark.parametrize("times", FEW_OR_MANY)
def test_processors_killed(platform: Platform, rng: random.Random, times: int) -> None:
    async def faults(siege: Siege) -> None:
        await siege.kill(["conversations-0", "routing-0"], times, rng)

    report = besieged(platform, rng.randrange(2**31), faults)
    print(report)
    assert report, str(report)
