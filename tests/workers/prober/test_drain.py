"""Backlogs that grow, go, stand still, and are none."""

import pytest

from schemas.lag import Lag, PartitionLag, Standing
from workers.prober.drain import Drains


def story(offsets: list[tuple[int, int]], seconds: float = 5.0) -> PartitionLag:
    """The last verdict on a partition that was at (next, end) each second."""
    drains, last = Drains(), None
    for at, (offset, end) in enumerate(offsets):
        one = PartitionLag(
            group="g", topic="t", partition=0, records=end - offset, seconds=seconds, next_offset=offset
        )
        (last,) = drains.judge(Lag(at_ms=at * 1000, partitions=(one,))).partitions
    assert last
    return last


@pytest.mark.parametrize(
    ("offsets", "standing", "catchup_s"),
    [
        ([(0, 0)] * 5, Standing.OK, 0.0),
        ([(at * 10, 100 + at * 20) for at in range(11)], Standing.GROWING, None),
        ([(at * 30, 1000 + at * 10) for at in range(11)], Standing.DRAINING, 40.0),
        ([(7, 100 + at) for at in range(11)], Standing.STUCK, None),
        # Set back: what was processed before does not count.
        ([(50, 60)] + [(5, 60)] * 6, Standing.STUCK, None),
        ([(50, 50)] * 9 + [(50, 60)], Standing.STUCK, None),
        ([(at * 10, 90 + at * 10) for at in range(40)], Standing.GROWING, None),
    ],
    ids=["nothing", "more comes", "less comes", "nobody", "set back", "idle before", "for ever behind"],
)
def test_standing(offsets: list[tuple[int, int]], standing: Standing, catchup_s: float | None) -> None:
    found = story(offsets)
    assert (found.standing, found.catchup_s) == (standing, catchup_s)


def test_only_the_last_half_minute_counts() -> None:
    quick, slow = [(at * 100, 10_000) for at in range(60)], [(5_900 + at * 10, 10_000) for at in range(60)]
    assert story(quick + slow).catchup_s == pytest.approx((10_000 - 6_490) / 10)


def test_what_has_just_come_is_no_backlog() -> None:
    found = story([(at * 10, at * 10 + 3) for at in range(5)], seconds=0.05)
    assert (found.standing, found.catchup_s) == (Standing.OK, 0.05)


def test_what_has_waited_for_a_moment_is_not_stuck_yet() -> None:
    assert story([(7, 7)] * 9 + [(7, 9)] * 2, seconds=2.0).standing is Standing.GROWING
    assert story([(7, 9)] * 3, seconds=9.0).standing is Standing.GROWING  # just begun to look
