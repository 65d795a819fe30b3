"""What the loop hands to a sink, and what a sink is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from aiokafka import ConsumerRecord


class Place(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int

    def __str__(self) -> str:
        return f"{self.topic}:{self.partition}"


class Position(NamedTuple):
    """The offset after the last stored record, and the id of the topic that it is one of; no id where it
    was stored before ids were."""

    offset: int
    topic_id: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one partition in their order, at least one: all that its log holds in [begin, end)."""

    place: Place
    begin: int
    records: Sequence[ConsumerRecord]

    @property
    def end(self) -> int:
        """The offset after the last record."""
        return int(self.records[-1].offset) + 1

    def cut(self, most_records: int, most_bytes: int) -> Iterator["Batch"]:
        """Batches that follow one another: each of `most_records` at the most and, unless a single record is
        larger, of `most_bytes` of values."""
        begin, first, size = self.begin, 0, 0
        for number, record in enumerate(self.records):
            length = len(record.value or b"")
            if number > first and (number - first == most_records or size + length > most_bytes):
                part = Batch(self.place, begin, self.records[first:number])
                yield part
                begin, first, size = part.end, number, 0
            size += length
        yield Batch(self.place, begin, self.records[first:])


class SetBack(Exception):
    """The sink stands before the batch's begin: it was restored or emptied. Nothing was stored."""


class Sink(Protocol):
    """Where records go, together with how far they have come: both change at once or not at all."""

    passing: tuple[type[Exception], ...]
    """Errors that are worth waiting for."""
    history_s: float | None
    """Where a partition without a position begins: this long ago, or (None) at the log's beginning."""

    async def positions(self, places: Iterable[Place]) -> Mapping[Place, Position]:
        """How far each is stored, of those that are."""

    async def start_at(self, place: Place, position: Position) -> None:
        """Sets the position, where there was none or one that the log can't serve."""

    async def store(self, batch: Batch) -> None:
        """Stores what of the batch is not stored yet, and the position `batch.end`. Raises SetBack."""
