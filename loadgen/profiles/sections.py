"""Mappings of a profile's YAML, read key by key: what is wrong is named by its path, with what is allowed."""

import difflib
from collections.abc import Callable, Collection
from typing import TypeVar

from loadgen.profiles.units import duration_of, seconds_of
from loadgen.times import Duration

T = TypeVar("T")


class ProfileError(ValueError):
    """A profile is refused; the text names the key and what may stand there."""


class Section:
    """A mapping at `path` that may have the keys `allowed`, and no others."""

    def __init__(self, value: object, path: str, allowed: Collection[str]) -> None:
        self.path = path
        if not isinstance(value, dict):
            raise ProfileError(f"{path or 'the profile'}: must be a mapping, not {shown(value)}")
        self._value: dict[object, object] = value
        for key in value:
            if key not in allowed:
                raise ProfileError(f"{self.at(str(key))}: {unknown('key', str(key), allowed)}")

    def at(self, key: str) -> str:
        """The path of one of its keys."""
        return f"{self.path}.{key}" if self.path else key

    def has(self, key: str) -> bool:
        """Whether the key stands there with a value."""
        return self._value.get(key) is not None

    def get(self, key: str) -> object:
        """The value as it stands there; None where it does not."""
        return self._value.get(key)

    def read(self, key: str, read: Callable[[object, str], T], default: T) -> T:
        """The key's value by `read`, which gets its path, too; `default` without one."""
        return read(self._value[key], self.at(key)) if self.has(key) else default

    def text(self, key: str, default: str = "") -> str:
        """A text; numbers are taken for one."""
        return self.read(key, text, default)

    def number(self, key: str, default: float = 0.0, *, above: float | None = None) -> float:
        """A number of 0 or more; more than `above` where that is given."""
        found = self.read(key, number, default)
        if above is not None and self.has(key) and found <= above:
            raise ProfileError(f"{self.at(key)}: must be above {above:g}, not {found:g}")
        return found

    def count(self, key: str, default: int = 0) -> int:
        """A whole number of 0 or more."""
        found = self.number(key, default)
        if found != int(found):
            raise ProfileError(f"{self.at(key)}: must be a whole number, not {found:g}")
        return int(found)

    def flag(self, key: str) -> bool:
        """true or false; false where it is not there."""
        found = self._value.get(key, False)
        if not isinstance(found, bool):
            raise ProfileError(f"{self.at(key)}: must be true or false, not {shown(found)}")
        return found


def text(value: object, path: str) -> str:
    """A text. Raises ProfileError for lists, mappings and nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ProfileError(f"{path}: must be a text, not {shown(value)}")
    return str(value)


def number(value: object, path: str) -> float:
    """A number of 0 or more, which may be written as a text. Raises ProfileError."""
    try:
        found = float("nan") if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        found = float("nan")
    if not 0 <= found < float("inf"):
        raise ProfileError(f"{path}: must be a number of 0 or more, not {shown(value)}")
    return found


def seconds(value: object, path: str) -> float:
    """A duration: `1m30s`, `500ms`, or a number of seconds. Raises ProfileError."""
    return _named(seconds_of, value, path)


def distribution(value: object, path: str) -> Duration:
    """A duration, or a distribution of them. Raises ProfileError."""
    return _named(duration_of, value, path)


def items(value: object, path: str) -> list[object]:
    """A list. Raises ProfileError."""
    if not isinstance(value, list):
        raise ProfileError(f"{path}: must be a list, not {shown(value)}")
    return value


def texts(value: object, path: str) -> tuple[str, ...]:
    """A text or a list of them. Raises ProfileError."""
    if not isinstance(value, list):
        return (text(value, path),)
    return tuple(text(one, f"{path}[{index}]") for index, one in enumerate(value))


def unknown(what: str, given: str, allowed: Collection[str]) -> str:
    """Says that `given` is none of the allowed, and which of them it may have been."""
    near = difflib.get_close_matches(given, list(allowed), 1)
    guess = f"; did you mean {near[0]}?" if near else ""
    return f"unknown {what} {given!r}, allowed: {', '.join(sorted(allowed))}{guess}"


def shown(value: object) -> str:
    """The value, short enough for a sentence."""
    said = "nothing" if value is None else repr(value)
    return said if len(said) <= 60 else said[:57] + "..."


def _named(read: Callable[[str], T], value: object, path: str) -> T:
    try:
        return read(text(value, path))
    except ProfileError:
        raise
    except ValueError as error:
        raise ProfileError(f"{path}: {error}") from error
