from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.harness.clock import MOST_MS, Clock


@pytest.mark.parametrize(
    ("appended", "at"),
    [
        ([100, 200, 350], [100, 200, 350]),
        ([100_000, 100_000 - 598_000, 100_100], [100_000, 100_000, 105_000]),  # 598 s back, then forth
        ([100_000, 100_000 + 3_603_000, 3_703_010], [100_000, 105_000, 105_010]),  # an hour ahead
        ([5_000, 5_000, 5_000], [5_000, 5_000, 5_000]),
    ],
)
def test_the_clock_follows_broker_time_but_only_forward(appended: list[int], at: list[int]) -> None:
    clock = Clock()
    assert [clock.advance(ms).at_ms for ms in appended] == at


@given(st.lists(st.integers(1, 10**9), min_size=2), st.integers(0, 20))
def test_it_never_goes_back_nor_leaps_and_resumes_where_it_was_saved(appended: list[int], cut: int) -> None:
    clock = Clock()
    moments = [clock.advance(ms).at_ms for ms in appended]
    assert all(0 <= later - earlier <= MOST_MS for earlier, later in pairwise(moments))
    first = Clock()
    for ms in appended[:cut]:
        first.advance(ms)
    second = Clock(first.at_ms, first.appended_ms)
    assert [second.advance(ms).at_ms for ms in appended[cut:]] == moments[cut:]
