"""Lag in seconds beside a truth that is known: records written at known times, which nobody processes."""

import asyncio
import random
import re
import time
from collections.abc import Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from infra.stack import free_port
from schemas.topics import (
    AGENT_ASSIGNMENTS,
    BOT_QUESTIONS,
    CONFIG,
    CONVERSATION_COMMANDS,
    CONVERSATION_EVENTS,
    POSITIONS,
    ROUTING_ANSWERS,
    ROUTING_COMMANDS,
    ROUTING_EVENTS,
)
from tests.workers.world import World, page, until

ERROR_S = 1.0
BUSY, IDLE, LATE = 0, 1, 2
"""Partitions: one that is written to all the time, one that was read to its end, one with a single record."""

_SAMPLE = re.compile(r'^(aicc_consumer_\w+)(?:{group="([^"]+)",partition="(\d)",topic="([^"]+)"})? (\S+)$')


class Truth:
    """When each record was appended, and from which one on nobody has processed any."""

    def __init__(self) -> None:
        self.written: dict[int, list[float]] = {BUSY: [], IDLE: [], LATE: []}
        self.next_offset: dict[int, int] = {}

    def lag_s(self, partition: int, at: float) -> float:
        """The age of the oldest record that is not processed."""
        left = [when for when in self.written[partition][self.next_offset.get(partition, 0) :] if when <= at]
        return at - left[0] if left else 0.0


async def scrape(port: int, group: str, topic: str) -> tuple[float, Mapping[tuple[str, int], float]]:
    """When the prober measured, and its figures of the group by name and partition."""
    found: dict[tuple[str, int], float] = {}
    at = 0.0
    for line in (await page(port, "metrics")).splitlines():
        if match := _SAMPLE.match(line):
            name, of, partition, read, value = match.groups()
            if name == "aicc_consumer_lag_timestamp_seconds":
                at = float(value)
            elif (of, read) == (group, topic):
                found[name, int(partition)] = float(value)
    return at, found


def test_the_age_of_the_oldest_record_within_a_second(world: World, rng: random.Random) -> None:
    truth, port = Truth(), free_port()
    topic, group = world.name(CONVERSATION_EVENTS), world.prefix + "persister"

    async def write(partition: int) -> None:
        before = time.time()
        await world.produce(CONVERSATION_EVENTS, [(partition, "k", b"{}")])
        truth.written[partition].append((before + time.time()) / 2)

    async def commit(partition: int, offset: int) -> None:
        async with AIOKafkaConsumer(
            bootstrap_servers=world.bootstrap, group_id=group, enable_auto_commit=False
        ) as consumer:
            consumer.assign([TopicPartition(topic, partition)])
            await consumer.commit({TopicPartition(topic, partition): offset})
        truth.next_offset[partition] = offset

    async def agree(what: str) -> Mapping[tuple[str, int], float]:
        """Waits for a measurement of now; every partition's figure is the truth of that moment."""
        since, seen = time.time(), set[float]()

        async def measured() -> Mapping[tuple[str, int], float] | None:
            at, found = await scrape(port, group, topic)
            if at > since:
                seen.add(at)
            # The first one may have begun before `since`: it tells the time at its end.
            if len(seen) < 2 or ("aicc_consumer_lag_seconds", LATE) not in found:
                return None
            for partition in truth.written:
                off = found["aicc_consumer_lag_seconds", partition] - truth.lag_s(partition, at)
                assert abs(off) <= ERROR_S, f"{what}, partition {partition}: off by {off:.2f} s"
            return found

        return await until(measured, what) or {}

    async def lose(partition: int, below: int) -> None:
        """As retention does: the log begins later."""
        admin = AIOKafkaAdminClient(bootstrap_servers=world.bootstrap)
        await admin.start()
        try:
            await admin.delete_records({TopicPartition(topic, partition): RecordsToDelete(below)})
        finally:
            await admin.close()

    async def scenario() -> None:
        told = CONVERSATION_EVENTS, AGENT_ASSIGNMENTS, ROUTING_ANSWERS, ROUTING_EVENTS, BOT_QUESTIONS
        await world.create(*told, CONVERSATION_COMMANDS, ROUTING_COMMANDS, CONFIG, POSITIONS)
        for partition in (BUSY, IDLE):
            await write(partition)
        await commit(IDLE, 1)
        with world.worker("prober", every_s=0.1, metrics_port=port):
            await agree("nobody has ever processed anything")
            for _ in range(4):
                await asyncio.sleep(rng.uniform(0.2, 0.8))  # apart, as records come
                await write(BUSY)
            await write(LATE)
            await agree("more has come")
            await commit(BUSY, 2)
            await agree("some of it was processed, and its group died")
            await lose(BUSY, 4)
            truth.next_offset[BUSY] = 4
            found = await agree("retention was faster")
            assert found["aicc_consumer_lost_records_total", BUSY] == 2
            assert found["aicc_consumer_lag_records", BUSY] == 1
            await write(IDLE)
            found = await agree("the idle one is written to again")
            assert found["aicc_consumer_lag_records", IDLE] == 1
            assert found["aicc_consumer_lost_records_total", IDLE] == 0

    asyncio.run(scenario())


def test_members_of_all_groups_are_counted(world: World) -> None:
    port = free_port()
    group = world.prefix + "notifier"

    async def scenario() -> None:
        await world.create(CONVERSATION_EVENTS, POSITIONS, ROUTING_EVENTS)
        name = world.name(CONVERSATION_EVENTS)
        async with AIOKafkaConsumer(name, bootstrap_servers=world.bootstrap, group_id=group):
            with world.worker("prober", every_s=0.5, metrics_port=port):

                async def counted() -> bool:
                    lines = (await page(port, "metrics")).splitlines()
                    wanted = f'aicc_consumer_members{{group="{group}"}} 1.0', world.prefix + "webhooks"
                    return wanted[0] in lines and f'aicc_consumer_members{{group="{wanted[1]}"}} 0.0' in lines

                await until(counted, "the members of two groups")

    asyncio.run(scenario())
