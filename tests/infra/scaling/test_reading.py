"""Measurements from the prober's lag."""

from infra.scaling.reading import Reader
from infra.scaling.rule import Seen
from schemas.lag import Lag, PartitionLag


def lag(at_ms: int, *of: tuple[str, int, int, float]) -> Lag:
    those = (
        PartitionLag(group=group, topic="t", partition=n, records=records, seconds=seconds, next_offset=at)
        for n, (group, at, records, seconds) in enumerate(of)
    )
    return Lag(at_ms=at_ms, partitions=tuple(those))


def test_the_worst_partition_counts_and_arrivals_are_how_far_the_ends_moved() -> None:
    reader = Reader("g")
    reader.seen(lag(10_000, ("g", 100, 0, 0.0), ("g", 50, 10, 1.0), ("other", 0, 9, 99.0)), 2)
    found = reader.seen(lag(12_000, ("g", 150, 50, 2.5), ("g", 60, 20, 4.0), ("other", 9, 99, 99.0)), 2)
    assert found == Seen(12.0, 4.0, 70, 60.0, 2)


def test_a_group_that_nobody_measured_is_not_scaled() -> None:
    assert Reader("g").seen(lag(1_000, ("other", 0, 9, 99.0)), 1) is None
