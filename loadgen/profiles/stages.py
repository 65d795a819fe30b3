"""Stages as k6 takes them: `5m:100,10m:100,5m:0`, or a list of {duration, target}. Pure."""

from loadgen.profiles.model import Stage
from loadgen.profiles.sections import ProfileError, Section, items, number, seconds, shown

_KEYS = ("duration", "target", "name")
_TAKEN = "stages are written as 5m:100,10m:100,5m:0 or as a list of {duration: 5m, target: 100}"


def stages_of(value: object, path: str = "stages") -> tuple[Stage, ...]:
    """Raises ProfileError where it is neither form, or nothing."""
    if isinstance(value, str):
        found = tuple(_written(part.strip(), path) for part in value.split(","))
    elif isinstance(value, list):
        found = tuple(
            _written(part, f"{path}[{index}]") if isinstance(part, str) else _listed(part, f"{path}[{index}]")
            for index, part in enumerate(items(value, path))
        )
    else:
        raise ProfileError(f"{path}: {shown(value)}: {_TAKEN}")
    if not found:
        raise ProfileError(f"{path}: there is none; {_TAKEN}")
    return found


def _written(part: str, path: str) -> Stage:
    duration, colon, target = part.partition(":")
    if not colon:
        raise ProfileError(f"{path}: {part!r} has no target; {_TAKEN}")
    return Stage(seconds(duration, path), number(target.strip(), path))


def _listed(part: object, path: str) -> Stage:
    section = Section(part, path, _KEYS)
    for key in ("duration", "target"):
        if not section.has(key):
            raise ProfileError(f"{path}: has no {key}; {_TAKEN}")
    duration = section.read("duration", seconds, 0.0)
    return Stage(duration, section.number("target"), section.text("name"))
