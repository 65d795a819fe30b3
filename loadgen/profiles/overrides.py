"""`--set key=value`: single keys of a profile changed for one run. Pure."""

import copy
from collections.abc import Iterable

import yaml

from loadgen.profiles.sections import ProfileError, shown


def overridden(value: object, changes: Iterable[str]) -> object:
    """The profile's mapping with the changes, each `stages=1m:5` or `agents.seats=40`; values are YAML, an
    empty one takes the key out. Keys inside lists are out of reach. Raises ProfileError."""
    changed = copy.deepcopy(value)
    for change in changes:
        key, equals, written = change.partition("=")
        if not equals or not key.strip():
            raise ProfileError(f"--set {change}: must be key=value, such as agents.seats=40")
        _put(changed, key.strip(), _value(key, written))
    return changed


def _put(into: object, key: str, value: object) -> None:
    *way, last = key.split(".", 1) if not key.startswith("thresholds.") else ["thresholds", key[11:]]
    at = into
    for name in way:
        if not isinstance(at, dict):
            break
        if at.get(name) is None:
            at[name] = {}
        at = at[name]
    if not isinstance(at, dict):
        raise ProfileError(f"--set {key}: there is no mapping to put it into, but {shown(at)}")
    if value is None:
        at.pop(last, None)
    else:
        at[last] = value


def _value(key: str, written: str) -> object:
    # 1m:5 is a text, though YAML may see a mapping or a number of base 60 in it.
    if key == "stages" and not written.lstrip().startswith("["):
        return written
    try:
        return yaml.safe_load(written)
    except yaml.YAMLError as error:
        raise ProfileError(f"--set {key}={written}: is no YAML") from error
