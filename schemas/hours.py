"""Business hours: weekly times in a zone, and holidays; compiled so that no decision asks a zone database."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
YEARS = 10
_TIMES = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_DAY_S = 86_400
_YEAR_DAYS = 367


class Hours(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """When it is open: `weekly` times as "09:00-18:00" (to 24:00) by day, closed on `holidays` (dates).

    `offsets` is made by `compiled`: the zone's (from Unix second, seconds east of UTC), ten years ahead.
    """

    name: str
    zone: str
    weekly: dict[str, tuple[str, ...]]
    holidays: tuple[str, ...] = ()
    offsets: tuple[tuple[int, int], ...] = ()

    def errors(self) -> Iterator[str]:
        """What is wrong with it."""
        try:
            ZoneInfo(self.zone)
        except (KeyError, OSError, ValueError):
            yield f"zone: {self.zone!r} is no time zone"
        for day, times in self.weekly.items():
            if day not in DAYS:
                yield f"weekly: {day!r} is none of {', '.join(DAYS)}"
            for text in times:
                span = _span(text)
                if span is None or not 0 <= span[0] < span[1] <= _DAY_S:
                    yield f"weekly.{day}: {text!r} is no time such as 09:00-18:00"
        for text in self.holidays:
            if not _is_date(text):
                yield f"holidays: {text!r} is no date such as 2026-12-25"

    def compiled(self, now: datetime) -> "Hours":
        """With the zone's offsets from a year before `now` to ten years after it."""
        return msgspec.structs.replace(self, offsets=tuple(_offsets(ZoneInfo(self.zone), now)))

    def is_open(self, unix_ms: int) -> bool:
        """Whether it is open then."""
        unix_s = unix_ms // 1000
        days, second = divmod(unix_s + self._east_s(unix_s), _DAY_S)
        if str(date(1970, 1, 1) + timedelta(days)) in self.holidays:
            return False
        spans = (_span(text) for text in self.weekly.get(DAYS[(days + 3) % 7], ()))
        return any(span is not None and span[0] <= second < span[1] for span in spans)

    def next_open(self, unix_ms: int) -> int | None:
        """The first moment from then on at which it is open; None: not within a year."""
        if self.is_open(unix_ms):
            return unix_ms
        unix_s = unix_ms // 1000
        today = (unix_s + self._east_s(unix_s)) // _DAY_S
        for days in range(today, today + _YEAR_DAYS):
            found = [at_s for at_s in self._beginnings(days) if at_s > unix_s and self.is_open(at_s * 1000)]
            if found:
                return min(found) * 1000
        return None

    def _beginnings(self, days: int) -> Iterator[int]:
        """When it may open on that local day: at the beginning of its times under each of the zone's offsets
        around, and where the clocks change, as a time may begin in the hour that they leave out."""
        near = [(days - 2) * _DAY_S, (days + 2) * _DAY_S]
        changes = [at_s for at_s, _ in self.offsets if near[0] <= at_s <= near[1]]
        yield from changes
        spans = (_span(text) for text in self.weekly.get(DAYS[(days + 3) % 7], ()))
        for begin_s in [span[0] for span in spans if span is not None]:
            yield from (days * _DAY_S + begin_s - self._east_s(at_s) for at_s in (*near, *changes))

    def _east_s(self, unix_s: int) -> int:
        at = bisect_right(self.offsets, (unix_s, _DAY_S)) - 1
        return self.offsets[max(at, 0)][1] if self.offsets else 0


def _span(text: str) -> tuple[int, int] | None:
    """Seconds of the day, from and to."""
    found = _TIMES.fullmatch(text)
    if found is None:
        return None
    begin_h, begin_m, end_h, end_m = map(int, found.groups())
    return (begin_h * 60 + begin_m) * 60, (end_h * 60 + end_m) * 60


def _is_date(text: str) -> bool:
    try:
        return str(date.fromisoformat(text)) == text
    except ValueError:
        return False


def _offsets(zone: ZoneInfo, now: datetime) -> Iterator[tuple[int, int]]:
    """Each change of the zone's offset, to the second, found by halving the day it falls on."""
    at = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(365)
    end = at + timedelta(365 * (YEARS + 1))
    before = _east_s(zone, at)
    yield int(at.timestamp()), before
    while at < end:
        following = at + timedelta(1)
        if _east_s(zone, following) != before:
            low, high = int(at.timestamp()), int(following.timestamp())
            while high - low > 1:
                middle = (low + high) // 2
                same = _east_s(zone, datetime.fromtimestamp(middle, UTC)) == before
                low, high = (middle, high) if same else (low, middle)
            before = _east_s(zone, following)
            yield high, before
        at = following


def _east_s(zone: ZoneInfo, at: datetime) -> int:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())
