"""Durations as they are written: `1m30s`, `500ms`, `lognormal:30s:0.7`. Pure."""

import re

from loadgen.times import Duration

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(ms|s|m|h|d)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?|\.\d+")
_TAKEN = "a duration is written as 1m30s, 500ms, 12h, or as a number of seconds"


def seconds_of(written: str) -> float:
    """`1m30s` → 90.0, `500ms` → 0.5, `2` → 2.0. Raises ValueError."""
    given = written.strip()
    if _NUMBER.fullmatch(given):
        return float(given)
    parts = list(_PART.finditer(given))
    if not parts or "".join(part.group() for part in parts) != given:
        raise ValueError(f"{written!r}: {_TAKEN}")
    return round(sum(float(part[1]) * _UNITS[part[2]] for part in parts), 6)


def duration_of(written: str) -> Duration:
    """One duration, or `fixed:2s`, `uniform:1s:3s`, `exponential:2s`, `lognormal:30s:0.7` (median, sigma).
    Raises ValueError."""
    if ":" not in written:
        return Duration("fixed", seconds_of(written))
    shape, *numbers = written.split(":")
    plain = [
        number if shape == "lognormal" and nth == 1 else f"{seconds_of(number):g}"
        for nth, number in enumerate(numbers)
    ]
    return Duration.parse(":".join([shape.strip(), *plain]))


def written(seconds: float) -> str:
    """The seconds as people write them: 90 → `1m30s`."""
    if seconds < 1:
        return f"{seconds * 1000:g}ms" if seconds else "0s"
    whole, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(whole), 60)
    parts = [f"{hours}h" if hours else "", f"{minutes}m" if minutes else "", f"{rest:g}s" if rest else ""]
    return "".join(parts)
