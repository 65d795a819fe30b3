"""Every internal of Faust and aiokafka that the harness touches: a new version must not move one unseen."""

import asyncio
import inspect
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.errors import UnknownTopicOrPartitionError
from aiokafka.producer.message_accumulator import BatchBuilder, MessageAccumulator, MessageBatch
from faust.stores.rocksdb import Store
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from runtime.topic_id import topic_id
from schemas.topics import Topic
from streams.harness.consumer import BatchConsumer, ConsumerThread, Transport, _ReadOffsets
from streams.harness.outbox import Outbox
from streams.harness.run import StreamSettings, make_app
from streams.harness.sent import Sent
from tests.faults import logs
from tests.streams.harness.chain import ChainDecider


@pytest.mark.parametrize(
    ("package", "pinned"),
    [("faust-streaming", "0.15.3"), ("aiokafka", "0.14.0"), ("mode-streaming", "0.7.1")],
)
def test_the_versions_are_those_that_were_read(package: str, pinned: str) -> None:
    assert version(package) == pinned


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    [
        (driver.Consumer, "getmany", ["self", "timeout"]),
        (driver.Consumer, "commit", None),
        (driver.Consumer, "_add_gap", None),
        (driver.Consumer, "_commit", ["self", "offsets"]),
        (driver.Consumer, "_wait_next_records", ["self", "timeout"]),
        (driver.Consumer, "_to_message", ["self", "tp", "record"]),
        (driver.Consumer, "perform_seek", ["self"]),
        (driver.Consumer, "_new_consumer_thread", ["self"]),
        (driver.AIOKafkaConsumerThread, "_create_worker_consumer", ["self", "transport"]),
        (driver.AIOKafkaConsumerThread, "_commit", ["self", "offsets"]),
        (driver.AIOKafkaConsumerThread, "on_start", ["self"]),
        (GroupCoordinator, "_do_heartbeat", ["self"]),
        (MessageAccumulator, "_append_batch", ["self", "builder", "tp"]),
        (MessageAccumulator, "create_builder", None),
        (BatchBuilder, "append", ["self", "timestamp", "key", "value", "headers"]),
        (Store, "_db_for_partition", ["self", "partition"]),
    ],
)
def test_what_is_overridden_or_called_is_there(owner: type, name: str, parameters: list[str] | None) -> None:
    found = inspect.signature(getattr(owner, name))
    if parameters is not None:
        assert list(found.parameters) == parameters


def test_what_is_read_inside_a_batch_is_there() -> None:
    source = inspect.getsource(MessageBatch)
    assert "self.future = " in source
    assert "self._builder = builder" in source
    assert "def retry_count" in source
    assert "self._batches = " in inspect.getsource(MessageAccumulator)
    drain = inspect.getsource(driver.Consumer._drain_messages)
    assert "get_read_offset = self._read_offset.__getitem__" in drain
    assert "self._fetch_max_wait_ms" in inspect.getsource(AIOKafkaConsumer)
    assert "self._proc_fetch_request(assignment, node_id, request)" in inspect.getsource(Fetcher)
    assert "has_new_data = any(fut.result() for fut in done_pending)" in inspect.getsource(Fetcher)


def test_the_app_is_built_with_our_consumer(tmp_path: Path) -> None:
    apps = [make_app(ChainDecider(prefix), StreamSettings(), tmp_path) for prefix in ("contract.", "other.")]
    names = ("callback", "on_partitions_revoked", "on_partitions_assigned")
    callbacks = dict.fromkeys(names, lambda *_: None)
    consumers = [app.transport.create_consumer(**callbacks) for app in apps]
    assert all(isinstance(app.transport, Transport) for app in apps)
    assert all(isinstance(consumer, BatchConsumer) for consumer in consumers)
    assert [consumer.source for consumer in consumers] == ["contract.cmd", "other.cmd"]
    assert isinstance(BatchConsumer._new_consumer_thread, type(ConsumerThread.on_start))


def test_nothing_of_the_source_counts_as_read_but_changelogs_do() -> None:
    offsets = _ReadOffsets("cmd")
    offsets.update({TP("cmd", 0): 5, TP("changelog", 0): 7})
    assert (offsets[TP("cmd", 0)], offsets[TP("changelog", 0)], offsets[TP("changelog", 1)]) == (
        None,
        7,
        None,
    )


def test_the_changelog_has_the_name_that_is_created(tmp_path: Path) -> None:
    decider = ChainDecider("contract.")
    table = make_app(decider, StreamSettings(), tmp_path).Table("entities", partitions=4)
    assert table.changelog_topic.get_topic_name() in {topic.name for topic in decider.topics}


def test_the_outbox_sends_in_order_and_a_growing_batch_is_never_one_on_its_way(
    kafka_bootstrap: str, topic_prefix: str
) -> None:
    name, count = f"{topic_prefix}outbox", 20_000

    async def scenario() -> list[logs.Found]:
        await logs.create(kafka_bootstrap, [Topic(name, 2)])
        outbox = Outbox(kafka_bootstrap, "contract")
        await outbox.start([name])
        for number in range(count):
            outbox.put(Sent(name, number % 2, b"k", b"%d" % number + b"x" * 200, [("id", b"%d" % number)]))
            if number % 97 == 0:
                await asyncio.sleep(0)  # the sender takes batches in between
        await outbox.acknowledged()
        assert outbox.bytes == 0
        await outbox.stop()
        return (await logs.read(kafka_bootstrap, [name]))[name]

    found = asyncio.run(scenario())
    for partition in range(2):
        numbers = [int(record.header("id")) for record in found if record.partition == partition]
        assert numbers == list(range(partition, count, 2))


def test_a_topics_id_changes_when_it_is_made_anew(kafka_bootstrap: str, topic_prefix: str) -> None:
    name = f"{topic_prefix}id"

    async def scenario() -> tuple[str, str]:
        await logs.create(kafka_bootstrap, [Topic(name, 1), Topic(name + ".other", 1)])
        producer: Any = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap)
        await producer.start()
        await producer.partitions_for(name)
        assert producer.client.cluster.leader_for_partition(TopicPartition(name, 0)) is not None
        ids = [await topic_id(producer.client, topic) for topic in (name, name, name + ".other")]
        with pytest.raises(UnknownTopicOrPartitionError, match="no topic"):
            await topic_id(producer.client, name + ".missing")
        await producer.stop()
        assert ids[0] == ids[1]
        return ids[0], ids[2]

    one, other = asyncio.run(scenario())
    assert one != other
