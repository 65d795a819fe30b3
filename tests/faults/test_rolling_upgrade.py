"""Workers of the next release take the place of the old ones, and then its rules do, under load."""

import asyncio
from pathlib import Path

import pytest

from infra.upgrade.log import read_standing, send, wait_applied
from infra.upgrade.standing import refusal
from schemas.codec import ApplyVersion, encode
from streams.harness.ending import Exit
from tests.faults import logs
from tests.faults.chains import Chains
from tests.faults.processes import Service
from tests.waiting import until

OLD, NEW = "1", "1,2"


async def why_not(chains: Chains, version: int) -> str:
    """What `aicc-upgrade` would say; empty where it would go on."""
    return refusal(
        await read_standing(chains.bootstrap, chains.decider.app, chains.decider.source.name), version
    )


async def apply(chains: Chains, version: int) -> None:
    """As `aicc-upgrade apply` does it."""
    source = chains.decider.source

    async def allowed() -> bool:
        return not await why_not(chains, version)

    await until(allowed, 30, f"version {version} is refused", every_s=0.5)
    await send(chains.bootstrap, source.name, range(source.partitions), version)
    now = await wait_applied(chains.bootstrap, chains.decider.app, source.name, version, 20)
    assert set(now.rules.values()) == {version}, now


async def opened(worker: Service) -> None:
    await until(lambda: worker.said('"opened"'), 30, "it owns nothing")


def test_a_version_is_applied_when_all_know_it_and_who_does_not_ends(
    kafka_bootstrap: str, tmp_path: Path
) -> None:
    async def scenario() -> None:
        chains = Chains(kafka_bootstrap, tmp_path, partitions=2)
        await chains.create()
        try:
            old = chains.worker("a", rules=OLD)
            await chains.send_once(["x", "y"])
            await opened(old)

            async def refused() -> bool:
                return "worker a runs" in await why_not(chains, 2)

            await until(refused, 10, "the old worker is not seen", every_s=0.3)
            old.stop()
            new = chains.worker("a", rules=NEW)
            await apply(chains, 2)
            await chains.send_once(["x", "y"])
            report = await chains.report()
            assert report, report
            # A worker of the old release comes back by mistake: it ends before it decides anything.
            new.stop()
            wrong = chains.worker("a", rules=OLD)
            assert await wrong.death(1) == Exit.RULES
            assert wrong.said("decides by rules version 2; this release")
            assert wrong.said("Start a release that carries version 2")
        finally:
            await chains.stop()

    asyncio.run(scenario())


@pytest.mark.faults
def test_a_rolling_upgrade_under_load_loses_and_doubles_nothing(kafka_bootstrap: str, tmp_path: Path) -> None:
    """Two workers are replaced one after the other, then the rules change, and once more back and forth."""

    async def scenario() -> None:
        chains = Chains(kafka_bootstrap, tmp_path)
        await chains.create()
        try:
            workers = [chains.worker("a", rules=OLD), chains.worker("b", rules=OLD)]
            feeding = asyncio.ensure_future(chains.feed(1_000, 600))
            for worker in workers:
                await opened(worker)
            for name, worker in zip("ab", workers, strict=True):
                assert await why_not(chains, 2)
                await asyncio.to_thread(worker.stop)
                await opened(chains.worker(name, rules=NEW))
                await asyncio.sleep(2)
            for version in (2, 1, 2):
                await apply(chains, version)
                await asyncio.sleep(1)
            feeding.cancel()
            report = await chains.report()
            log = (await logs.read(kafka_bootstrap, [chains.decider.source.name]))[chains.decider.source.name]
        finally:
            await chains.stop()
        assert report, report
        assert report.counts["outputs"] >= chains.fed
        applied = [one for one in log if one.value and b"version.applied" in one.value]
        assert len(applied) == 3 * chains.decider.source.partitions
        assert all(encode(ApplyVersion(version=2))[:20] == (one.value or b"")[:20] for one in applied)

    asyncio.run(scenario())
