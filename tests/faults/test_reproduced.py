"""What was once reproduced to lose or double records, each as a test."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from infra.paths import JARS
from infra.stack.kafka import Kafka
from infra.stack.local import LocalStack
from infra.stack.ports import free_ports
from schemas.codec import Tick
from streams.harness.clock import Clock
from streams.harness.ending import Exit
from streams.harness.snapshots import Snapshot, chunks, incarnation
from tests.faults import logs
from tests.faults.chains import Chains
from tests.faults.proxy import Proxy
from tests.streams.harness.chain import Add, Alarm
from tests.waiting import until

Scenario = Callable[[Chains], Awaitable[None]]


def play(chains: Chains, scenario: Scenario) -> None:
    async def run() -> None:
        await chains.create()
        try:
            await scenario(chains)
        finally:
            await chains.stop()

    asyncio.run(run())


async def fine(chains: Chains) -> None:
    report = await chains.report()
    assert report, str(report)
    assert report.counts["outputs"] >= chains.fed


def test_another_writer_on_the_changelog_ends_the_process_before_it_writes_locally(
    kafka_bootstrap: str, tmp_path: Path
) -> None:
    async def scenario(chains: Chains) -> None:
        worker = chains.worker("a")
        await chains.send_once(f"once-{n}" for n in range(400))
        await fine(chains)
        producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap)
        await producer.start()
        changelog = f"{chains.decider.app}-entities-changelog"
        [(key, value)] = chunks(
            "stranger", incarnation(0, "late"), 0, Snapshot("stranger", 1, 1, None, {}, b"")
        )
        await producer.send_and_wait(changelog, value, key=key, partition=1)
        await producer.stop()
        assert await worker.death(1) == Exit.OTHER_WRITER
        await chains.send_once(f"once-{n}" for n in range(400))
        await fine(chains)

    play(Chains(kafka_bootstrap, tmp_path), scenario)


@pytest.mark.faults
def test_an_owner_cut_off_while_another_takes_over(tmp_path: Path) -> None:
    """Keys are touched once, by whoever owns them then, and loaded again when all is healed."""
    kafka, controller, inner, outer = free_ports(4)
    broker = Kafka(tmp_path / "kafka", JARS, kafka, controller, proxied=(inner, outer))
    stack = LocalStack.at(tmp_path, JARS)
    stack.kafka = broker

    async def scenario(chains: Chains) -> None:
        proxy = Proxy(outer, inner)
        await proxy.start()
        try:
            cut_off = chains.worker("a", f"127.0.0.1:{outer}")
            await chains.send_once(f"first-{n}" for n in range(400))
            await fine(chains)
            await chains.send_once(f"on-the-way-{n}" for n in range(400))
            proxy.cut()
            other = chains.worker("b")
            await chains.send_once(f"second-{n}" for n in range(400))
            assert await cut_off.death(1) in (Exit.HEARTBEAT, Exit.STUCK, Exit.CHECKPOINT)
            await fine(chains)  # the other one has taken over and written
            proxy.heal()
            await chains.send_once(f"{part}-{n}" for part in ("first", "second") for n in range(400))
            await fine(chains)
            other.stop()
            await chains.send_once(f"{part}-{n}" for part in ("first", "second") for n in range(400))
            await fine(chains)
        finally:
            await proxy.stop()

    stack.launch("kafka").wait_ready()
    try:
        play(Chains(broker.address, tmp_path), scenario)
    finally:
        stack.stop()


def test_a_failed_delivery_lets_no_later_output_leave(kafka_bootstrap: str, tmp_path: Path) -> None:
    small = {"ev": {"max.message.bytes": "5000"}}
    chains = Chains(kafka_bootstrap, tmp_path, partitions=1, settings=small)

    async def scenario(chains: Chains) -> None:
        worker = chains.worker("a")
        await chains.send_once(["before"])
        await chains.send(Add(n=1, answer_bytes=20_000), "large", 0)
        await chains.send_once(["after", "large"])
        assert await worker.death(1) == Exit.DELIVERY
        await _set(kafka_bootstrap, chains.decider.output.name, "max.message.bytes", "1048576")
        await fine(chains)

    play(chains, scenario)


def test_an_output_too_large_is_a_dead_letter(kafka_bootstrap: str, tmp_path: Path) -> None:
    async def scenario(chains: Chains) -> None:
        worker = chains.worker("a")
        await chains.send(Add(n=1, answer_bytes=1_500_000), "large", 0)
        await chains.send(Add(n=1, answer_bytes=900_000), "fits", 0)
        await chains.send(Add(n=2), "large", 0)
        await fine(chains)
        assert not worker.deaths

    play(Chains(kafka_bootstrap, tmp_path), scenario)


@pytest.mark.faults
def test_a_snapshot_larger_than_a_record_is_cut_and_put_together(
    kafka_bootstrap: str, tmp_path: Path
) -> None:
    async def scenario(chains: Chains) -> None:
        worker = chains.worker("a")
        for _ in range(4):
            await chains.send(Add(n=1, keep_bytes=700_000), "hoarder", 0)
            await fine(chains)
            worker.kill()
            await worker.death(len(worker.deaths) + 1)
        await chains.send_once(["hoarder"])
        await fine(chains)

    play(Chains(kafka_bootstrap, tmp_path), scenario)


def test_a_topic_made_anew_is_refused(kafka_bootstrap: str, tmp_path: Path) -> None:
    async def scenario(chains: Chains) -> None:
        worker = chains.worker("a")
        await chains.send_once(f"{n}" for n in range(50))
        await fine(chains)
        await asyncio.sleep(2.0)  # a checkpoint or two
        worker.stop()
        await _make_anew(kafka_bootstrap, chains)
        again = chains.worker("a")
        assert await again.death(1) == Exit.CONTINUITY
        assert again.said("was created anew")

    play(Chains(kafka_bootstrap, tmp_path), scenario)


def test_a_log_cut_short_at_its_beginning_is_refused(kafka_bootstrap: str, tmp_path: Path) -> None:
    async def scenario(chains: Chains) -> None:
        worker = chains.worker("a")
        await chains.send_once(f"{n}" for n in range(50))
        await fine(chains)
        worker.stop()
        await chains.send_once(f"{n}" for n in range(50))
        await _delete_records(kafka_bootstrap, chains)
        again = chains.worker("a")
        assert await again.death(1) == Exit.CONTINUITY
        assert again.said("were deleted")

    play(Chains(kafka_bootstrap, tmp_path), scenario)


def test_broker_time_that_runs_backwards_and_jumps(kafka_bootstrap: str, tmp_path: Path) -> None:
    """The source takes the producer's times, so that they can be made as bad as a broker's."""
    own_times = {"cmd": {"message.timestamp.type": "CreateTime", "message.timestamp.after.max.ms": "9000000"}}

    async def scenario(chains: Chains) -> None:
        worker = chains.worker("a")
        await chains.send_once(["e"])
        await fine(chains)
        now = int(time.time() * 1000) - 2 * 3_600_000
        for round_, jump in enumerate((0, -598_000, 3_603_000, -1, 0)):
            now += jump
            for n in range(20):
                await chains.send(Add(n=n), f"e{n}", 0, now + n)
                await chains.send(Alarm(after_ms=1_000 * n), f"a{round_}-{n}", 0, now + n)
            await chains.send(Tick(), "", 0, now + 20)
            if round_ % 2:
                await _checkpointed(kafka_bootstrap, chains)
                worker.kill()
                await worker.death(len(worker.deaths) + 1)
        for n in range(30):
            await chains.send(Tick(), "", 0, now + n * 1_000)
        report = await chains.report()
        assert report, str(report)
        assert report.counts["outputs"] == 1 + 5 * 20 + 5 * 20  # every add, and every alarm, once
        log = (await logs.read(kafka_bootstrap, [chains.decider.source.name]))[chains.decider.source.name]
        _, *again = [json.loads(line) for line in worker.log.read_text().splitlines() if '"opened"' in line]
        assert len(again) >= 2
        for opened in again:
            clock = Clock()
            for record in log[: opened["from"]]:
                clock.advance(record.timestamp)
            assert opened["at_ms"] - opened["appended_ms"] > 1_000  # it was loaded with what jumps left
            assert (opened["at_ms"], opened["appended_ms"]) == (clock.at_ms, clock.appended_ms)

    play(Chains(kafka_bootstrap, tmp_path, partitions=1, settings=own_times), scenario)


async def _checkpointed(bootstrap: str, chains: Chains) -> None:
    """Waits until a checkpoint covers what is in the first partition by now."""
    source = TopicPartition(chains.decider.source.name, 0)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=chains.decider.app, enable_auto_commit=False
    )
    await consumer.start()
    consumer.assign([source])
    [end] = (await consumer.end_offsets([source])).values()

    async def covered() -> bool:
        return bool((await consumer.committed(source) or 0) >= end)

    try:
        await until(covered, 20, f"no checkpoint up to {end}")
    finally:
        await consumer.stop()


async def _set(bootstrap: str, topic: str, name: str, value: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {name: value})])
    await admin.close()


async def _make_anew(bootstrap: str, chains: Chains) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    name = chains.decider.source.name
    await admin.delete_topics([name])

    async def is_gone() -> bool:
        return name not in await admin.list_topics()

    await until(is_gone, 20, f"{name} is still there")
    await admin.create_topics([NewTopic(name, 4, 1, topic_configs=chains.decider.source.config)])
    await admin.close()


async def _delete_records(bootstrap: str, chains: Chains) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    name = chains.decider.source.name
    await admin.delete_records({TopicPartition(name, p): RecordsToDelete(before_offset=-1) for p in range(4)})
    await admin.close()


@pytest.fixture(autouse=True)
def _needs_jars() -> None:
    assert any(JARS.glob("kafka_*.jar")), "make setup fetches Kafka"
