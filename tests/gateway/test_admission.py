"""Admission: what is refused first, and that what is admitted settles at what gets done."""

from collections.abc import Mapping
from itertools import pairwise
from statistics import fmean

import pytest

from gateway.overload.admission import Admission, Signals
from gateway.overload.priority import KINDS, Kind
from gateway.overload.shares import shares
from gateway.overload.standing import Stages, Standing
from schemas.lag import Lag, PartitionLag
from tests.gateway.crowd import Crowd, Second

QUIET = {Kind.NEW_CHAT: 100.0, Kind.RUNNING: 150.0, Kind.AGENT: 50.0}
CAPACITY = 500.0
BEGIN, END = 10, 60


def step(now: float) -> Mapping[Kind, float]:
    """Three times the capacity for fifty seconds."""
    return QUIET | {Kind.NEW_CHAT: 1_300.0} if BEGIN <= now < END else QUIET


def steady(_: float) -> float:
    return CAPACITY


@pytest.mark.parametrize(
    ("budget", "keep", "wanted"),
    [
        (60.0, None, [1, 1, 1, 1, 1, 1]),
        (55.0, None, [0.5, 1, 1, 1, 1, 1]),
        (50.0, None, [0, 1, 1, 1, 1, 1]),
        (25.0, None, [0, 0, 0, 0.5, 1, 1]),
        (5.0, None, [0, 0, 0, 0, 0, 0.5]),
        (0.0, None, [0, 0, 0, 0, 0, 0]),
        (5.0, Kind.AGENT, [0, 0, 0, 0, 0, 1]),
        (5.0, Kind.RUNNING, [0, 0, 0, 0, 1, 1]),
        (25.0, Kind.RUNNING, [0, 0, 0, 0.5, 1, 1]),
    ],
)
def test_shares(budget: float, keep: Kind | None, wanted: list[float]) -> None:
    assert shares([10.0] * 6, budget, keep) == wanted


def test_who_asks_nothing_takes_nothing() -> None:
    assert shares([10.0, 0, 0, 0, 0, 10.0], 15.0, None) == [0.5, 1, 1, 1, 1, 1]


def lag(at_ms: int, unread: int, read: int, age_s: float) -> Lag:
    one = PartitionLag(group="g", topic="t", partition=0, records=unread, seconds=age_s, next_offset=read)
    other = PartitionLag(group="other", topic="t", partition=0, records=9_999, seconds=999.0)
    return Lag(at_ms=at_ms, partitions=(one, other))


@pytest.mark.parametrize(
    ("before", "now", "wanted"),
    [
        # Keeps up: what is not reported yet.
        ((0, 5, 100, 0.1), (2_000, 5, 1_100, 0.1), Standing(0.01 / 2, 1.0)),
        # Half gets done of what comes: a second's worth of work is left, the oldest of it half a second old.
        ((0, 0, 100, 0.0), (1_000, 500, 600, 0.5), Standing(1.0 / 2, 0.5)),
        # It catches up: what comes now waits less than what is at its turn has waited.
        ((0, 900, 100, 5.0), (1_000, 450, 600, 5.0), Standing(0.9 / 2, 500 / 50)),
        # Dead: as old as the oldest.
        ((0, 0, 100, 0.0), (4_000, 50, 100, 4.0), Standing(4.0 / 2, 0.0)),
        # Little comes, and is read but not reported.
        ((0, 0, 100, 0.0), (2_000, 4, 101, 0.2), Standing(0.8 / 2, 1 / 5)),
        # Nothing at all.
        ((0, 0, 100, 0.0), (1_000, 0, 100, 0.0), Standing(0.0, 1.0)),
        # The topic was made anew.
        ((0, 0, 100, 0.0), (1_000, 3, 1, 0.5), Standing(0.5 / 2, 1.0)),
    ],
)
def test_standings(
    before: tuple[int, int, int, float], now: tuple[int, int, int, float], wanted: Standing
) -> None:
    stages = Stages({"g": 2.0})
    stages.hear(lag(*before))
    found = stages.hear(lag(*now))
    assert found[:2] == pytest.approx(wanted[:2])
    assert found.late == (now[3] > 2.0)


def assert_settles(seconds: list[Second], after: int) -> None:
    """From so long after the step on as much is admitted as gets done, and what is protected always is."""
    for one in seconds:
        for kind in (Kind.RUNNING, Kind.AGENT):
            assert one.admitted[kind] == one.asked[kind]
    assert not any(one.refused for one in seconds[:BEGIN])
    settled = seconds[BEGIN + after : END]
    admitted = [sum(one.admitted.values()) for one in settled]
    assert fmean(admitted) == pytest.approx(CAPACITY, rel=0.05)
    assert min(admitted) > 0.8 * CAPACITY
    assert max(admitted) < 1.2 * CAPACITY


def assert_ends(seconds: list[Second]) -> None:
    """Five seconds after the load has fallen nothing is refused any more, and soon there is no limit."""
    assert not any(one.refused or one.level for one in seconds[END + 5 :])
    assert seconds[-1].budget is None


def test_by_the_stages_it_settles_and_ends() -> None:
    seconds = Crowd(step, steady, lambda _: True).run(90)
    assert_settles(seconds, after=10)
    # The target is 3 s; it takes three seconds to hear and to turn.
    assert max(one.waits_s for one in seconds) < 6.0
    assert max(one.waits_s for one in seconds[BEGIN + 10 : END]) < 3.5
    assert_ends(seconds)


def test_by_the_gateway_s_own_signals_it_settles_and_ends() -> None:
    seconds = Crowd(step, steady, None).run(90)
    assert_settles(seconds, after=10)
    assert max(one.waits_s for one in seconds[BEGIN + 3 : END]) < 0.3
    assert_ends(seconds)


def test_when_the_stage_becomes_slower_and_faster_again_it_follows() -> None:
    def capacity(now: float) -> float:
        return 350.0 if 20 <= now < 40 else CAPACITY

    seconds = Crowd(lambda _: QUIET | {Kind.NEW_CHAT: 400.0}, capacity, lambda _: True).run(60)
    slow, fast = seconds[32:40], seconds[52:]
    assert fmean(sum(one.admitted.values()) for one in slow) == pytest.approx(350, rel=0.15)
    assert fmean(sum(one.admitted.values()) for one in fast) == pytest.approx(500, rel=0.15)


def test_a_dead_stage_gets_nothing_new_and_all_when_it_is_back() -> None:
    def capacity(now: float) -> float:
        return 0.0 if 20 <= now < 40 else 2_000.0

    seconds = Crowd(lambda _: QUIET, capacity, lambda _: True).run(60)
    assert not any(one.refused for one in seconds[:20])
    assert seconds[25].admitted[Kind.NEW_CHAT] < 10
    assert seconds[25].admitted[Kind.RUNNING] == seconds[25].asked[Kind.RUNNING]
    assert seconds[35].admitted[Kind.RUNNING] < 10
    assert not any(one.refused for one in seconds[46:])


def test_while_the_signal_is_stale_less_is_admitted_and_never_more() -> None:
    seconds = Crowd(lambda _: QUIET, steady, lambda now: now < 30 or now > 60).run(75)
    assert not any(one.refused for one in seconds[:33])
    admitted = [sum(one.admitted.values()) for one in seconds[34:60]]
    assert all(later <= earlier + 2 for earlier, later in pairwise(admitted))
    assert admitted[-1] < 0.75 * 300
    assert not any(one.refused for one in seconds[66:])


def in_part() -> Admission:
    """It admits a part of the new chats."""
    admission = Admission(0.0)
    for tick in range(1, 30):
        for _ in range(100):
            admission.admit(Kind.NEW_CHAT)
        admission.tick(tick / 10, Signals(0.0, Standing(1.5, 0.4, seen=True, late=True)))
    assert admission.budget is not None
    return admission


def test_who_finds_no_room_takes_nobody_s_share() -> None:
    alone, beside = in_part(), in_part()
    let = [alone.admit(Kind.NEW_CHAT) for _ in range(100)]
    for admitted in let:
        assert not beside.admit(Kind.NEW_CHAT, has_room=False)
        assert beside.admit(Kind.NEW_CHAT) == admitted
    assert 0 < sum(let) < 100


def test_of_a_class_in_part_refusals_are_spread_evenly() -> None:
    admission = in_part()
    let = [admission.admit(Kind.NEW_CHAT) for _ in range(1_000)]
    share = sum(let) / 1_000
    assert 0.0 < share < 1.0
    parts = [sum(let[at : at + 100]) for at in range(0, 1_000, 100)]
    assert max(parts) - min(parts) <= 1


def test_one_slow_moment_refuses_nothing() -> None:
    admission = Admission(0.0)
    for tick in range(1, 100):
        for kind in KINDS:
            assert admission.admit(kind)
        admission.tick(tick / 10, Signals(20.0 if tick % 10 in (0, 1) else 0.1))
    assert admission.budget is None
    assert admission.level == 0.0
