"""Records of a made-up log, and a store in memory."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from schemas.codec import encode
from streams.harness.decider import Decider
from streams.harness.partition import Partition
from streams.harness.replay import first_rules
from streams.harness.sent import Sent
from streams.harness.snapshots import (
    WATERMARK,
    Pair,
    Snapshot,
    Watermark,
    by_entity,
    copies,
    decode_snapshot,
    decode_watermark,
)


class Made(NamedTuple):
    """A record as the harness sees it."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


def made(offset: int, command: object, key: str = "e", timestamp: int | None = None, cause: str = "") -> Made:
    """A command at `offset`, a second after the one before it unless `timestamp` says otherwise."""
    value = command if isinstance(command, bytes) else encode(command)
    headers = [("cause", cause.encode())] if cause else []
    at = 1_000_000 + offset * 1_000 if timestamp is None else timestamp
    return Made(offset, at, key.encode(), value, headers)


def said(sent: list[Sent]) -> list[tuple[str, int]]:
    """Of each of a chain's outputs, the entity and its total."""
    return [
        (record["entity"], record["total"])
        for one in sent
        if (record := msgspec.json.decode(one.value or b""))
    ]


def header(sent: Sent, name: str) -> str:
    """The header's text."""
    return next(value.decode() for key, value in sent.headers if key == name)


class MemoryStore:
    """Pairs at rest, as the local store keeps them."""

    def __init__(self) -> None:
        self.pairs: dict[bytes, bytes] = {}

    def newest(self, entity: str) -> Snapshot | None:
        """The newest whole copy."""
        found = copies(self._of(entity))
        return decode_snapshot(found[-1].data) if found else None

    def watermark(self) -> Watermark | None:
        """The highest one."""
        found = copies(self._of(WATERMARK))
        return decode_watermark(found[-1].data) if found else None

    def entities(self) -> Iterator[tuple[str, list[Pair]]]:
        """All pairs, by entity."""
        return by_entity(sorted(self.pairs.items()))

    def write(self, pairs: Iterable[Pair]) -> None:
        """Writes."""
        self.pairs.update(pairs)

    def load(self, decider: Decider[Any, Any], number: int = 0) -> Partition[Any, Any]:
        """The partition as a new owner loads it."""
        mark = self.watermark() or Watermark(0, first_rules(decider), "topic")
        due = [
            (snapshot.due_ms, entity)
            for entity, _ in self.entities()
            if entity != WATERMARK and (snapshot := self.newest(entity)) and snapshot.due_ms is not None
        ]
        return Partition(number, decider, self, mark, due)

    def _of(self, entity: str) -> list[Pair]:
        return [pair for name, pairs in self.entities() if name == entity for pair in pairs]
