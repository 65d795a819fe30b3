"""What the loop makes of what was fetched."""

import asyncio
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import TopicPartition
from prometheus_client import REGISTRY

from workers.batch import Place, Sink
from workers.errors import Unassigned
from workers.loop import BatchLoop
from workers.settings import WorkerSettings

PLACE = Place("t", 0)


@dataclass
class Consumer:
    """Notes where it was sent."""

    sought: list[int]

    def seek(self, _: TopicPartition, offset: int) -> None:
        self.sought.append(offset)


@pytest.fixture
def consumer() -> Consumer:
    return Consumer([])


def loop_at(consumer: Consumer, position: int | None) -> BatchLoop:
    loop = BatchLoop("w", consumer, cast("Sink", SimpleNamespace(passing=())), WorkerSettings())
    if position is not None:
        loop._positions[PLACE] = position
    return loop


def offsets(loop: BatchLoop, *fetched: int) -> tuple[int, list[int]] | None:
    records: Any = [SimpleNamespace(offset=offset) for offset in fetched]
    batch = loop._next_batch(PLACE, records)
    return (batch.begin, [record.offset for record in batch.records]) if batch else None


@pytest.mark.parametrize(
    ("position", "fetched", "batch"),
    [
        (5, (5, 6, 7), (5, [5, 6, 7])),
        (5, (3, 4, 5, 6), (5, [5, 6])),  # redelivered
        (5, (3, 4), None),
        (None, (5, 6), None),  # not ours any more
    ],
)
def test_what_continues_the_partition(
    consumer: Consumer, position: int | None, fetched: tuple[int, ...], batch: tuple[int, list[int]] | None
) -> None:
    assert offsets(loop_at(consumer, position), *fetched) == batch
    assert consumer.sought == []


def test_a_gap_is_fetched_again_and_believed_the_second_time(consumer: Consumer) -> None:
    loop = loop_at(consumer, 5)
    assert offsets(loop, 8, 9) is None
    assert consumer.sought == [5]
    # The records were there after all; and another hole is not the first one.
    assert offsets(loop, 5, 6) == (5, [5, 6])
    loop._positions[PLACE] = 7
    assert offsets(loop, 10, 11) is None
    assert offsets(loop, 10, 11) == (7, [10, 11])
    assert consumer.sought == [5, 7]


@pytest.mark.parametrize(("topic", "told"), [("conversation.events", 1), ("config", 0)])
def test_a_hole_is_told_of_where_no_compaction_makes_any(
    topic: str, told: int, consumer: Consumer, caplog: pytest.LogCaptureFixture
) -> None:
    def counted() -> float:
        return REGISTRY.get_sample_value("aicc_log_holes_total", {"worker": "w", "topic": "x-" + topic}) or 0

    place, before = Place("x-" + topic, 3), counted()
    loop = BatchLoop(
        "w", consumer, cast("Sink", SimpleNamespace(passing=())), WorkerSettings(topic_prefix="x-")
    )
    loop._positions[place] = 5
    records: Any = [SimpleNamespace(offset=8)]
    assert loop._next_batch(place, records) is None
    assert caplog.messages == []
    assert loop._next_batch(place, records) is not None
    assert caplog.messages == ["a hole in the log: expected 5, got 8"] * told
    assert counted() - before == told


def test_who_stays_outside_of_the_group_ends(consumer: Consumer, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("workers.loop.time", SimpleNamespace(monotonic=lambda: now[0]))
    loop = loop_at(consumer, None)
    limit_s = WorkerSettings().rebalance_s
    now[0] += limit_s - 1
    loop._refuse_to_stay_outside()
    asyncio.run(loop.on_partitions_assigned(()))  # an empty share is one
    now[0] += 10 * limit_s
    loop._refuse_to_stay_outside()
    asyncio.run(loop.on_partitions_revoked(()))
    now[0] += limit_s + 1
    with pytest.raises(Unassigned):
        loop._refuse_to_stay_outside()
