"""When one who waits is told again."""

import pytest

from streams.routing.waits import Told, worth_telling

TOLD = Told(position=20, estimate_s=100.0, at_ms=0)


@pytest.mark.parametrize(
    ("told", "position", "estimate_s", "now_s", "shown_s"),
    [
        (None, 20, 100.0, 0, 100.0),
        (TOLD, 1, 5.0, 9, None),  # just told
        (TOLD, 19, 90.0, 10, None),  # as expected
        (TOLD, 18, 90.0, 10, 90.0),  # a tenth better
        (TOLD, 18, 80.0, 10, 90.0),  # the estimate is off by less than 20 %: the countdown goes on
        (TOLD, 20, 108.0, 10, 108.0),  # longer by 20 %
        (TOLD, 20, 107.0, 10, None),
        (TOLD, 25, 90.0, 10, None),  # a worse place alone is no news
        (Told(2, 10.0, 0), 2, 4.0, 10, None),  # less than 5 s
        (Told(2, 10.0, 0), 1, 4.0, 10, 0.0),
        (Told(20, 100.0, 0, 1), 20, 64.0, 10, None),  # it has just become longer: not back and forth
        (Told(20, 100.0, 0, 1), 20, 54.0, 10, 54.0),
        (Told(20, 100.0, 0, -1), 20, 108.0, 10, None),
        (Told(20, 100.0, 0, -1), 20, 126.0, 10, 126.0),
        (Told(20, None, 0), 20, 50.0, 10, 50.0),
        (Told(20, 50.0, 0), 19, 40.0, 9, None),
    ],
)
def test_worth_telling(
    told: Told | None, position: int, estimate_s: float | None, now_s: int, shown_s: float | None
) -> None:
    found = worth_telling(told, position, estimate_s, now_s * 1000)
    assert (found.estimate_s if found else None) == shown_s
    assert found is None or (found.position, found.at_ms) == (position, now_s * 1000)


def test_an_estimate_that_is_lost_is_told_as_unknown() -> None:
    assert worth_telling(TOLD, 20, None, 10_000) == Told(20, None, 10_000)


def test_a_wavering_estimate_is_told_seldom() -> None:
    told, told_at = TOLD, []
    for second in range(1, 90):
        estimate_s = (100 - second) * (1.25 if second % 20 < 10 else 0.85)
        if found := worth_telling(told, 20, estimate_s, second * 1000):
            told = found
            told_at.append(second)
    assert len(told_at) <= 4
