"""The arithmetic of lag: pure."""

from typing import NamedTuple

from schemas.lag import PartitionLag
from workers.batch import Place


class Log(NamedTuple):
    """The offsets of a partition's first record and of the one after its last."""

    begin: int
    end: int


def next_offset(reported: int | None, committed: int | None, log: Log) -> int:
    """The first record not processed. A report is newer than a commit, unless its owner has died since.

    Who has told nothing has processed nothing.
    """
    known = max(reported or 0, committed or 0)
    return min(max(known, log.begin), log.end)


def lost(reported: int | None, committed: int | None, log: Log) -> int:
    """Records that were deleted before the group had processed them. Who has told nothing has lost nothing:
    it begins where the log does."""
    known = max(reported or 0, committed or 0)
    return max(log.begin - known, 0) if known else 0


def partition_lag(
    group: str,
    place: Place,
    next_offset: int,
    unread: int,
    appended_ms: int | None,
    now_ms: int,
    lost: int = 0,
) -> PartitionLag:
    """The lag of a group on a partition whose oldest unprocessed record was appended at `appended_ms`."""
    age_ms = now_ms - appended_ms if unread and appended_ms is not None else 0
    return PartitionLag(
        group=group,
        topic=place.topic,
        partition=place.partition,
        records=unread,
        seconds=max(age_ms, 0) / 1000,
        next_offset=next_offset,
        lost=lost,
    )
