"""The arithmetic of lag."""

import pytest

from workers.batch import Place
from workers.prober.lag import Log, next_offset, partition_lag


@pytest.mark.parametrize(
    ("reported", "committed", "expected"),
    [
        (None, None, 10),  # nobody has read anything: all of the log
        (None, 15, 15),
        (18, 15, 18),  # a commit trails by a checkpoint
        (12, 15, 15),  # the owner that reported has died
        (5, None, 10),  # what retention removed is not lag
        (None, 99, 20),  # the topic was made anew
    ],
)
def test_next_offset(reported: int | None, committed: int | None, expected: int) -> None:
    assert next_offset(reported, committed, Log(10, 20)) == expected


@pytest.mark.parametrize(
    ("unread", "appended_ms", "seconds"),
    [(0, 1_000, 0.0), (3, 1_000, 4.0), (3, None, 0.0), (3, 6_000, 0.0)],
    ids=["none unread", "old", "unknown", "broker's clock ran backwards"],
)
def test_partition_lag(unread: int, appended_ms: int | None, seconds: float) -> None:
    lag = partition_lag("g", Place("t", 0), 3, unread, appended_ms, now_ms=5_000)
    assert (lag.records, lag.seconds) == (unread, seconds)
