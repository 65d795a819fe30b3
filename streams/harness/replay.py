"""Replays a log of commands: what the decisions were, from the records alone."""

from collections.abc import Iterable
from typing import TypeVar

from streams.harness.decider import Decider
from streams.harness.partition import Partition
from streams.harness.sent import Record, Sent
from streams.harness.snapshots import Snapshot, Watermark

S = TypeVar("S")
C = TypeVar("C")


class Nothing:
    """Nothing rests anywhere: the log begins with the first record."""

    def newest(self, entity: str) -> Snapshot | None:
        """None, for any entity."""


def first_rules(decider: Decider[S, C]) -> int:
    """The version that a fresh partition begins with: the oldest of the release, since only a record
    changes it, and what a lost state decided must be decided again alike."""
    return min(decider.rules)


def replayed(decider: Decider[S, C], number: int, begin: int = 0) -> Partition[S, C]:
    """A partition before its first record, at offset `begin`."""
    return Partition(number, decider, Nothing(), Watermark(begin, first_rules(decider), ""))


def replay(decider: Decider[S, C], number: int, records: Iterable[Record]) -> list[Sent]:
    """Every output that the partition's records, from its first on, give."""
    return replayed(decider, number).decide(records)
