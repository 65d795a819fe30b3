"""Where a replay begins when the log's beginning is deleted: the snapshots of a changelog."""

from collections.abc import Iterable, Iterator, Set
from typing import NamedTuple

from streams.harness.snapshots import (
    WATERMARK,
    Snapshot,
    Watermark,
    by_entity,
    copies,
    decode_snapshot,
    decode_watermark,
    prefix,
)

_MARK = prefix(WATERMARK)


class Checkpoint(NamedTuple):
    """A partition as of a watermark: what rested then, by entity. `whole` says that nothing is missing."""

    mark: Watermark
    snapshots: dict[str, Snapshot]
    whole: bool

    def newest(self, entity: str) -> Snapshot | None:
        """The entity's snapshot."""
        return self.snapshots.get(entity)

    def timers(self) -> Iterator[tuple[int, str]]:
        """(due_ms, entity) of every entity that waited for a time."""
        for name, snapshot in self.snapshots.items():
            if snapshot.due_ms is not None:
                yield snapshot.due_ms, name


class Changelog:
    """A partition's changelog, heard in the order of its offsets up to the checkpoint that serves.

    One serves if the log of commands still holds all that came after it, from offset `begin` on, and if it
    holds the entities that are `wanted`: compaction may have taken what rested at an older one. Where none
    holds them all, the last one does.
    """

    def __init__(self, begin: int, wanted: Set[str]) -> None:
        self._begin, self._wanted = begin, wanted
        self._pairs: dict[bytes, bytes] = {}
        self.best: Checkpoint | None = None

    @property
    def serves(self) -> bool:
        """Whether it has been found."""
        return self.best is not None and self.best.whole

    def hear(self, key: bytes, value: bytes | None) -> None:
        """The next record of the changelog."""
        if self.serves:
            return
        if value is None:
            self._pairs.pop(key, None)
            return
        self._pairs[key] = value
        if key.startswith(_MARK):
            self._look(self._mark())

    def _mark(self) -> Watermark | None:
        found = copies((key, value) for key, value in self._pairs.items() if key.startswith(_MARK))
        return decode_watermark(found[-1].data) if found else None

    def _look(self, mark: Watermark | None) -> None:
        if mark is None or mark.next_offset < self._begin:
            return
        found = dict(_snapshots(self._pairs.items(), mark.next_offset))
        self.best = Checkpoint(mark, found, self._wanted <= found.keys())


def _snapshots(pairs: Iterable[tuple[bytes, bytes]], next_offset: int) -> Iterator[tuple[str, Snapshot]]:
    """The newest whole copy of each entity that the watermark covers."""
    for entity, found in by_entity(sorted(pairs)):
        whole = copies(found) if entity != WATERMARK else []
        covered = [copy for copy in whole if copy.next_offset <= next_offset]
        if covered:
            yield entity, decode_snapshot(covered[-1].data)
