"""When hours open next: holidays, nights, and clocks that change."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.hours import Hours

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = ("09:00-12:00", "13:00-18:00")
SEOUL = Hours(
    name="s",
    zone="Asia/Seoul",
    weekly=dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), DAY),
    holidays=("2026-12-25", "2026-12-28"),
).compiled(NOW)
BERLIN = Hours(
    name="b",
    zone="Europe/Berlin",
    weekly={"sun": ("02:30-05:00",), "mon": ("08:00-09:00",), "sat": ("23:00-24:00",)},
).compiled(NOW)


def unix_ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


OPENINGS = [
    (SEOUL, "2026-12-24T10:00+09:00", "2026-12-24T10:00+09:00"),
    (SEOUL, "2026-12-24T12:30+09:00", "2026-12-24T13:00+09:00"),
    (SEOUL, "2026-12-24T18:00+09:00", "2026-12-29T09:00+09:00"),
    (SEOUL, "2026-12-25T10:00+09:00", "2026-12-29T09:00+09:00"),
    # 02:30 is left out on 2026-03-29: it opens as the clocks jump from 02:00 to 03:00.
    (BERLIN, "2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00"),
    # 02:30 comes twice on 2026-10-25, first in summer time.
    (BERLIN, "2026-10-25T01:00+02:00", "2026-10-25T02:30+02:00"),
    (BERLIN, "2026-10-25T05:30+01:00", "2026-10-26T08:00+01:00"),
    (BERLIN, "2026-03-30T09:00+02:00", "2026-04-04T23:00+02:00"),
]


@pytest.mark.parametrize(("hours", "at", "opens"), OPENINGS)
def test_the_next_opening(hours: Hours, at: str, opens: str) -> None:
    assert hours.next_open(unix_ms(at)) == unix_ms(opens)


def test_what_never_opens_has_none() -> None:
    assert Hours(name="n", zone="UTC", weekly={}).compiled(NOW).next_open(0) is None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 500 * 86_400), st.sampled_from([SEOUL, BERLIN]))
def test_it_is_open_then_and_closed_before(seconds: int, hours: Hours) -> None:
    at_ms = (int(NOW.timestamp()) + seconds) * 1000
    opens_ms = hours.next_open(at_ms)
    assert opens_ms is not None
    assert hours.is_open(opens_ms)
    assert opens_ms == at_ms or not hours.is_open(opens_ms - 1000)
    step_ms = max((opens_ms - at_ms) // 50, 60_000)
    assert not any(hours.is_open(one) for one in range(at_ms, opens_ms, step_ms))
