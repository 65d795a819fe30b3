"""The harness loses and doubles nothing, whatever happens to its workers."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.faults.chains import Chains, break_at_random
from tests.waiting import until


@pytest.mark.parametrize(
    "kinds",
    [
        pytest.param(["kill"] * 3, id="3-kills"),
        pytest.param(["pause"], id="pause"),
        pytest.param(["kill", "pause"] * 5, id="10-mixed", marks=pytest.mark.faults),
    ],
)
def test_two_workers_killed_and_paused(
    kafka_bootstrap: str, tmp_path: Path, rng: random.Random, kinds: list[str]
) -> None:
    async def scenario() -> None:
        chains = Chains(kafka_bootstrap, tmp_path)
        await chains.create()
        try:
            chains.worker("a")
            feeding = asyncio.ensure_future(chains.feed(3_000, 8 + 10 * len(kinds) / 2))
            await asyncio.sleep(3)
            chains.worker("b")
            await break_at_random(chains, rng, kinds)
            await feeding
            report = await chains.report()
        finally:
            await chains.stop()
        assert report, report
        assert report.counts["outputs"] >= chains.fed

    asyncio.run(scenario())


@pytest.mark.faults
def test_rebalance_in_the_first_second_of_a_fresh_topic(kafka_bootstrap: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        chains = Chains(kafka_bootstrap, tmp_path)
        await chains.create()
        try:
            feeding = asyncio.ensure_future(chains.feed(1_000, 12))
            first = chains.worker("a")
            await until(lambda: first.said('"opened"'), 20, "the first worker owns nothing", every_s=0.01)
            chains.worker("b")
            await feeding
            report = await chains.report()
            assert first.said("it is rebalancing")
        finally:
            await chains.stop()
        assert report, report
        assert report.counts["outputs"] >= chains.fed

    asyncio.run(scenario())


@pytest.mark.faults
def test_a_partition_that_comes_back_is_opened_again(kafka_bootstrap: str, tmp_path: Path) -> None:
    """What is kept open of a partition that went away would keep Faust from opening its store."""

    async def scenario() -> None:
        chains = Chains(kafka_bootstrap, tmp_path)
        await chains.create()
        try:
            stays = chains.worker("a")
            feeding = asyncio.ensure_future(chains.feed(500, 25))
            await asyncio.sleep(3)
            guest = chains.worker("b")
            await until(lambda: guest.said('"opened"'), 20, "the second worker owns nothing")
            await asyncio.sleep(2)
            guest.stop()
            await feeding
            report = await chains.report()
            assert not stays.deaths
        finally:
            await chains.stop()
        assert report, report

    asyncio.run(scenario())
