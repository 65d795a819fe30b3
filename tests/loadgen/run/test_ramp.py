"""Users and arrivals along the stages' lines, and what each generator has of them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadgen.engine import schedule
from loadgen.profiles.model import Mode, Stage
from loadgen.run.ramp import HOLD, Line, Share, Times, stages_of
from tests.loadgen.run.profiles import profile

stages = st.lists(
    st.builds(Stage, st.floats(0, 20).map(lambda s: round(s, 1)), st.integers(0, 40)), min_size=1, max_size=5
)
starts = st.integers(0, 20)


def count_at(line: Line, start: float, at: float) -> int:
    return sum(1 if up else -1 for when, _, up in line.changes(start, Share()) if when <= at)


@pytest.mark.parametrize(
    ("start", "given_stages", "counts"),
    [
        (0, [Stage(10, 10)], {0: 0, 0.99: 0, 1: 1, 5.5: 5, 10: 10}),
        (10, [Stage(10, 0)], {0: 10, 0.5: 10, 1: 9, 9.5: 1, 10: 0}),
        (3, [Stage(5, 3)], {0: 3, 5: 3}),
        (0, [Stage(0, 7), Stage(2, 7), Stage(0, 2), Stage(1, 2)], {0: 7, 1.9: 7, 2: 2, 3: 2}),
        (0, [Stage(1, 4), Stage(0, 1)], {0.5: 2, 0.99: 3, 1: 1}),
    ],
)
def test_users_follow_the_line(start: float, given_stages: list[Stage], counts: dict[float, int]) -> None:
    line = Line(start, given_stages)
    assert {at: count_at(line, start, at + 1e-9) for at in counts} == counts


@given(starts, stages)
def test_users_come_and_go_in_order_and_end_at_the_last_target(start: int, given_stages: list[Stage]) -> None:
    line = Line(start, given_stages)
    there: set[int] = set()
    before = 0.0
    for at, vu, up in line.changes(start, Share()):
        assert before - 1e-9 <= at <= line.seconds + 1e-9
        before = at
        assert (vu in there) is not up
        (there.add if up else there.discard)(vu)
    assert there == set(range(int(given_stages[-1].target)))


@given(starts, stages, st.integers(1, 5))
def test_shares_together_are_the_whole(start: int, given_stages: list[Stage], of: int) -> None:
    line = Line(start, given_stages)
    shares = [Share(nth, of) for nth in range(of)]
    apart = sorted(change for share in shares for change in line.changes(start, share))
    assert apart == sorted(line.changes(start, Share()))
    arrived = sorted(one for share in shares for one in line.arrivals(share))
    assert arrived == list(line.arrivals(Share()))


@given(starts, stages, st.integers(1, 4), st.floats(0, 1))
def test_as_many_are_due_as_arrive(start: int, given_stages: list[Stage], of: int, part: float) -> None:
    line = Line(start, given_stages)
    for share in (Share(nth, of) for nth in range(of)):
        times = [at for _, at in line.arrivals(share)]
        assert line.due(line.seconds + 1, share) == len(times)
        until = line.seconds * part
        assert abs(line.due(until, share) - sum(at < until for at in times)) <= 1


def test_arrivals_are_those_of_the_integral() -> None:
    line = Line(2, [Stage(3, 8), Stage(0, 1), Stage(4, 1)])
    expected = schedule.arrivals([schedule.Stage(3, 2, 8), schedule.Stage(4, 1, 1)])
    assert [at for _, at in line.arrivals(Share())] == list(expected)


def test_stages_by_time() -> None:
    line = Line(0, [Stage(2, 1), Stage(0, 5), Stage(3, 5)])
    assert [line.stage(at)[0] for at in (0, 1.9, 2, 4.9, 99)] == [0, 0, 2, 2, 2]
    assert line.stage(1)[1:] == (0, 2)
    assert line.stage(3)[1:] == (2, float("inf"))


def test_the_last_target_is_held_where_a_limit_says_so() -> None:
    plain = profile(Mode.RATE, Stage(1, 5))
    assert stages_of(plain) == plain.stages
    held = stages_of(replace(plain, limit_s=7.0))
    assert held[-1] == Stage(7.0, 5, HOLD)


def test_recorded_times_at_double_speed() -> None:
    times = Times([0.0, 1.0, 1.5, 4.0], speed=2)
    assert list(times.arrivals(Share())) == [(0, 0.0), (1, 0.5), (2, 0.75), (3, 2.0)]
    assert list(times.arrivals(Share(1, 2))) == [(1, 0.5), (3, 2.0)]
    assert [times.due(until, Share()) for until in (0, 0.1, 0.75, 3)] == [0, 1, 2, 4]
    assert times.due(3, Share(1, 2)) == 2
