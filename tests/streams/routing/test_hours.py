"""Business hours, their zones, and the contacts that come outside of them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.config import ConfigError, Configuration, PoolConfig, Queue
from schemas.conversation import ContactEnded
from schemas.hours import DAYS, YEARS, Hours
from schemas.states import Overload
from tests.streams.routing.pools import BEGIN_MS, Desk, agent, config, online, request

NOW = datetime(2026, 11, 22, tzinfo=UTC)
OFFICE: dict[str, tuple[str, ...]] = dict.fromkeys(DAYS[:5], ("09:00-12:00", "13:00-18:00"))


def hours(zone: str, weekly: dict[str, tuple[str, ...]] | None = None, *holidays: str) -> Hours:
    made = Hours(name="h", zone=zone, weekly=OFFICE if weekly is None else weekly, holidays=holidays)
    assert not list(made.errors())
    return made.compiled(NOW)


def open_at(made: Hours, text: str) -> bool:
    return made.is_open(int(datetime.fromisoformat(text).timestamp() * 1000))


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-11-23T08:59:59+09:00", False),
        ("2026-11-23T09:00:00+09:00", True),
        ("2026-11-23T11:59:59+09:00", True),
        ("2026-11-23T12:00:00+09:00", False),
        ("2026-11-23T17:59:59+09:00", True),
        ("2026-11-23T18:00:00+09:00", False),
        ("2026-11-22T10:00:00+09:00", False),
        ("2026-12-25T10:00:00+09:00", False),
        ("2026-12-24T23:59:00+00:00", False),
    ],
)
def test_it_is_open_at_its_times_on_its_days(at: str, is_open: bool) -> None:
    assert open_at(hours("Asia/Seoul", None, "2026-12-25"), at) is is_open


@pytest.mark.parametrize(
    ("zone", "at", "is_open"),
    [
        ("Europe/Berlin", "2027-03-26T07:59:59+00:00", False),  # the Friday before summer time
        ("Europe/Berlin", "2027-03-26T08:00:00+00:00", True),
        ("Europe/Berlin", "2027-03-29T06:59:59+00:00", False),  # the Monday after
        ("Europe/Berlin", "2027-03-29T07:00:00+00:00", True),
        ("America/New_York", "2027-11-05T12:59:59+00:00", False),
        ("America/New_York", "2027-11-05T13:00:00+00:00", True),
        ("America/New_York", "2027-11-08T13:59:59+00:00", False),
        ("America/New_York", "2027-11-08T14:00:00+00:00", True),
    ],
)
def test_it_follows_summer_time(zone: str, at: str, is_open: bool) -> None:
    assert open_at(hours(zone), at) is is_open


def test_until_midnight_and_round_the_clock() -> None:
    late = hours("Asia/Seoul", {"sun": ("22:00-24:00",), "mon": ("00:00-02:00",)})
    assert open_at(late, "2026-11-22T23:59:59+09:00")
    assert open_at(late, "2026-11-23T00:00:00+09:00")
    assert not open_at(late, "2026-11-23T02:00:00+09:00")


ZONES = ("Asia/Seoul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
COMPILED = {zone: hours(zone) for zone in ZONES}


@given(st.sampled_from(ZONES), st.integers(-360 * 86_400, (365 * YEARS - 1) * 86_400))
def test_the_compiled_offsets_are_those_of_the_zone_database(zone: str, seconds: int) -> None:
    at = NOW + timedelta(seconds=seconds)
    local = at.astimezone(ZoneInfo(zone))
    spans = OFFICE.get(DAYS[local.weekday()], ())
    clock = local.strftime("%H:%M")
    expected = any(begin <= clock < end for begin, end in (span.split("-") for span in spans))
    assert COMPILED[zone].is_open(int(at.timestamp() * 1000)) is expected


def test_who_comes_outside_of_the_hours_is_turned_away_even_if_an_agent_is_free() -> None:
    closed = Hours(name="h", zone="UTC", weekly={}, offsets=((0, 0),))
    for action, reason in (
        (Overload.REFUSE, "closed_hours"),
        (Overload.CALLBACK, "overflow"),
        (Overload.MESSAGE, "message"),
    ):
        queue = Queue(name="q", hours="h", when_closed=action)
        desk = Desk(config(agent("a1"), queues=(queue,), hours=(closed,)), online("a1"), request(1))
        (ended,) = desk.of(ContactEnded)
        assert (ended.outcome, ended.reason) == ("canceled", reason)


def test_who_comes_within_the_hours_is_served() -> None:
    day = DAYS[datetime.fromtimestamp(BEGIN_MS / 1000, UTC).weekday()]
    always = Hours(name="h", zone="UTC", weekly={day: ("00:00-24:00",)}, offsets=((0, 0),))
    queues = (Queue(name="q", hours="h"),)
    assert (
        Desk(config(agent("a1"), queues=queues, hours=(always,)), online("a1"), request(1)).where(1)
        == "reserved a1"
    )


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"zone": "Asia/Atlantis"}, "zone: 'Asia/Atlantis' is no time zone"),
        ({"weekly": {"someday": ()}}, "weekly: 'someday' is none of"),
        ({"weekly": {"mon": ("9-18",)}}, "weekly.mon: '9-18' is no time such as"),
        ({"weekly": {"mon": ("18:00-09:00",)}}, "weekly.mon: '18:00-09:00' is no time"),
        ({"weekly": {"mon": ("09:00-24:30",)}}, "weekly.mon: '09:00-24:30' is no time"),
        ({"holidays": ("25.12.2026",)}, "holidays: '25.12.2026' is no date"),
    ],
)
def test_bad_hours_are_refused_with_their_path(changed: dict[str, object], error: str) -> None:
    good = Hours(name="h", zone="UTC", weekly=OFFICE)
    bad = msgspec.structs.replace(good, **changed)
    pool = PoolConfig(pool="p", partition=0, queues=(Queue(name="q", hours="x"),), hours=(bad,))
    with pytest.raises(ConfigError) as refused:
        Configuration(pools=(pool,)).check()
    assert f"pools[p].hours[h].{error}" in str(refused.value)
    assert "pools[p].queues[q].hours: no hours 'x' in this pool" in str(refused.value)
