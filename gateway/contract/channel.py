"""What is said of a topic or a socket: the words that the tables are written in."""

from dataclasses import dataclass
from types import UnionType
from typing import get_args

import msgspec

from schemas.topics import Topic

Kinds = type[msgspec.Struct] | UnionType


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A topic: what its records are, by whom and for whom. `key` says what the records' key is; `decided`
    records have a cause, by which their readers drop what comes twice."""

    topic: Topic
    says: str
    key: str
    records: Kinds
    written_by: str
    read_by: str
    decided: bool = False


@dataclass(frozen=True, kw_only=True)
class Socket:
    """A WebSocket: the frames that clients send and get. `query` is what its address takes."""

    path: str
    says: str
    query: tuple[str, ...]
    takes: Kinds
    gives: Kinds


def members(kinds: Kinds) -> tuple[type[msgspec.Struct], ...]:
    """The structs of a union, or the only one."""
    return get_args(kinds) or (kinds,)
