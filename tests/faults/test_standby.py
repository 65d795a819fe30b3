"""Workers that keep warm copies of each other's partitions."""

import asyncio
from pathlib import Path

import pytest

from tests.faults.chains import Chains
from tests.faults.processes import Service
from tests.waiting import until


@pytest.mark.faults
def test_standbys_take_over_from_each_other(kafka_bootstrap: str, tmp_path: Path) -> None:
    """Each worker loses its partitions, keeps copies of them, and owns them again."""

    def copies(name: str) -> int:
        return len(list(tmp_path.glob(f"streams/*-{name}/**/entities-*.db")))

    async def scenario() -> None:
        chains = Chains(kafka_bootstrap, tmp_path)
        partitions = chains.decider.source.partitions

        async def opened(worker: Service, count: int) -> None:
            await until(lambda: worker.count('"opened"') >= count, 30, f"{worker.name} did not open {count}")

        async def takes_over(left: Service, dead: Service) -> None:
            before = left.count('"opened"')
            dead.kill_for_good()
            await opened(left, before + partitions)

        await chains.create()
        try:
            feeding = asyncio.ensure_future(chains.feed(1_000, 40, entities=2_000))
            first = chains.worker("a", standby_replicas=1)
            await opened(first, partitions)
            second = chains.worker("b", standby_replicas=1)
            await opened(second, 1)
            await until(lambda: copies("b") == partitions, 10, "the second worker keeps no copies")
            await asyncio.sleep(3)
            await takes_over(second, first)
            before = first.count('"opened"')
            first.start()
            await opened(first, before + 1)
            await asyncio.sleep(3)
            await takes_over(first, second)
            await feeding
            report = await chains.report()
            assert not first.deaths + second.deaths
        finally:
            await chains.stop()
        assert report, str(report)
        assert report.counts["outputs"] >= chains.fed

    asyncio.run(scenario())
