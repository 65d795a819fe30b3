"""Where in a log: at an offset, or at a time."""

from datetime import UTC, datetime
from typing import NamedTuple

from streams.harness.sent import Record


class Bound(NamedTuple):
    """A place in a partition: an offset, or the first record that was appended at `at_ms` or later."""

    offset: int | None = None
    at_ms: int | None = None

    def reached(self, record: Record) -> bool:
        """Whether the record is there, or behind it."""
        if self.offset is not None:
            return record.offset >= self.offset
        return self.at_ms is not None and record.timestamp >= self.at_ms


def parse_bound(text: str) -> Bound:
    """A number is an offset; else a date or time such as 2026-11-24, 2026-11-24T09:30 or with an offset
    from UTC, which counts where nothing is said. Raises ValueError."""
    if text.isdecimal():
        return Bound(offset=int(text))
    return Bound(at_ms=parse_time(text))


def parse_time(text: str) -> int:
    """A date or time, Unix milliseconds. Raises ValueError."""
    found = datetime.fromisoformat(text)
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)


def shown(at_ms: int) -> str:
    """The time in UTC, to the millisecond."""
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{at_ms % 1000:03d}"
