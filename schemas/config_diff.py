"""What differs between two configurations of a pool."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from schemas.canned import CannedAnswer
from schemas.config import Agent, PoolConfig, Queue
from schemas.flows import Flow
from schemas.hours import Hours

_NAMED: Final = ("queues", "hours", "agents", "flows", "canned_answers")
_MADE: Final = ("pool", "version", "offsets")
"""Fields that nobody writes: where the pool is found, and what publishing makes."""

_One = Queue | Agent | Hours | Flow | CannedAnswer


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """One difference: the path of what differs, and what it was and is, as JSON; empty: nothing there."""

    path: str
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.before or '–'} → {self.after or '–'}"


def diff(before: PoolConfig | None, after: PoolConfig) -> tuple[Change, ...]:
    """What differs, in the order of the fields; nothing where both mean the same. Things are found by their
    names, agents by their ids, wherever they stand."""
    path = f"pools[{after.pool}]"
    if before is None:
        fresh = Change(f"{path}.partition", after=_shown(after.partition))
        return fresh, *_differences(path, PoolConfig(pool=after.pool, partition=after.partition), after)
    return tuple(_differences(path, before, after))


def _differences(path: str, was: object, now: object) -> Iterator[Change]:
    """Down to the fields of what is on both sides."""
    if isinstance(was, PoolConfig) and isinstance(now, PoolConfig):
        yield from _order_of_queues(path, was, now)
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for key in [*was, *(key for key in now if key not in was)]:
            yield from _differences(f"{path}[{key}]", was.get(key), now.get(key))
    elif isinstance(was, msgspec.Struct) and isinstance(now, msgspec.Struct):
        for field in _written(now):
            yield from _differences(f"{path}.{field}", _field(was, field), _field(now, field))
    elif was != now:
        yield Change(path, _shown(was), _shown(now))


def _written(of: msgspec.Struct) -> Iterator[str]:
    """Who writes a flow gives its version."""
    made = () if isinstance(of, Flow) else _MADE
    return (field for field in of.__struct_fields__ if field not in made)


def _order_of_queues(path: str, was: PoolConfig, now: PoolConfig) -> Iterator[Change]:
    """The first queue is the one of those who name none."""
    first, second = ([queue.name for queue in pool.queues] for pool in (was, now))
    if [name for name in first if name in second] != [name for name in second if name in first]:
        yield Change(f"{path}.queues", _shown(first), _shown(second))


def _field(of: msgspec.Struct, name: str) -> object:
    value = getattr(of, name)
    return _by_name(value) if isinstance(of, PoolConfig | Flow) and name in _NAMED else value


def _by_name(those: Sequence[_One]) -> dict[str, _One]:
    return {_name(one): one for one in those}


def _name(one: _One) -> str:
    match one:
        case Agent():
            return one.id
        case CannedAnswer():
            return one.title
        case Queue() | Hours() | Flow():
            return one.name


def _shown(value: object) -> str:
    return "" if value is None else msgspec.json.encode(value).decode()
