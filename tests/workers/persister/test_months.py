"""What has no month is stored all the same, and a metric says so."""

import asyncio
from datetime import UTC, datetime

from infra.stack.ports import free_ports
from schemas.ids import session_id
from schemas.topics import CONFIG, CONVERSATION_EVENTS
from tests.workers.events import changed
from tests.workers.persister.stored import until_stored
from tests.workers.world import World, counted, given, until

METRIC = 'aicc_default_partition_rows{table="consultations"}'


def test_rows_of_other_years_are_stored_and_counted(world: World) -> None:
    async def scenario() -> None:
        (port,) = free_ports(1)
        times = [
            datetime(1970, 1, 1, tzinfo=UTC),
            datetime(2025, 11, 1, tzinfo=UTC),
            datetime(9999, 1, 1, tzinfo=UTC),
        ]
        ids = [session_id(0, round(at.timestamp() * 1000), n) for n, at in enumerate(times)]
        await world.create(CONVERSATION_EVENTS, CONFIG)
        await world.produce(CONVERSATION_EVENTS, [given(changed(one, 1), 0) for one in ids])
        with world.worker("persister"):
            await until_stored(world, len(ids))
        rows = await world.fetch("SELECT session_id FROM consultations_default ORDER BY created_at")
        assert [row["session_id"] for row in rows] == ids

        async def shown() -> bool:
            return await counted(port, METRIC) == len(ids)

        with world.worker("persister", metrics_port=port):
            await until(shown, "the rows without a month in the metric")

    asyncio.run(scenario())
