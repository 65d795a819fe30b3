"""A partition's local store: the RocksDB that Faust's table keeps, read and written by the harness."""

import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import rocksdict
from faust.stores.rocksdb import Store

from streams.harness.snapshots import (
    WATERMARK,
    Pair,
    Snapshot,
    Watermark,
    by_entity,
    copies,
    decode_snapshot,
    decode_watermark,
    prefix,
)

STALE_S = 3.5 * 24 * 3600
"""Half of the changelog's delete.retention.ms: an older store may have missed a deletion."""


class LocalStore:
    """One partition of the table. Faust restores it from the changelog; the harness writes it."""

    def __init__(self, table: Store, partition: int) -> None:
        self._db = table._db_for_partition(partition)
        self._offset_key = table.offset_key

    def newest(self, entity: str) -> Snapshot | None:
        """The newest whole copy of the entity."""
        found = copies(self._pairs(prefix(entity)))
        return decode_snapshot(found[-1].data) if found else None

    def watermark(self) -> Watermark | None:
        """The highest watermark, or None in a fresh partition."""
        found = copies(self._pairs(prefix(WATERMARK)))
        return decode_watermark(found[-1].data) if found else None

    def timers(self) -> Iterator[tuple[int, str]]:
        """(due_ms, entity) of every entity at rest that waits for a time."""
        for entity, pairs in by_entity(self._pairs(b"")):
            found = copies(pairs) if entity != WATERMARK else []
            snapshot = decode_snapshot(found[-1].data) if found else None
            if snapshot and snapshot.due_ms is not None:
                yield snapshot.due_ms, entity

    def pairs_after(self, key: bytes, at_least: int) -> list[tuple[str, list[Pair]]]:
        """Whole entities in key order from `key` on, until `at_least` pairs are read."""
        found: list[tuple[str, list[Pair]]] = []
        read = 0
        for entity, pairs in by_entity(self._pairs(b"", key)):
            found.append((entity, pairs))
            read += len(pairs)
            if read >= at_least:
                break
        return found

    def size(self) -> int:
        """About how many pairs there are; rather too many than too few."""
        return self._db.property_int_value("rocksdb.estimate-num-keys") or 0

    def write(self, pairs: Iterable[tuple[bytes, bytes | None]]) -> None:
        """Writes, and with None deletes, at once."""
        batch = rocksdict.WriteBatch(raw_mode=True)
        for key, value in pairs:
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        self._db.write(batch)

    @property
    def persisted(self) -> int | None:
        """The changelog offset up to which, itself included, the store is written."""
        found = self._db.get(self._offset_key)
        return int(found) if found is not None else None

    @persisted.setter
    def persisted(self, offset: int) -> None:
        self._db.put(self._offset_key, str(offset).encode())

    def _pairs(self, begin: bytes, start: bytes = b"") -> Iterator[Pair]:
        at = self._db.iter()
        at.seek(start or begin)
        while at.valid() and (key := at.key()).startswith(begin):
            if key != self._offset_key:
                yield key, at.value()
            at.next()


def discard_stale(directory: Path, now_s: float | None = None) -> list[Path]:
    """Throws away the local stores below `directory` that were not written for STALE_S; says which."""
    now_s = time.time() if now_s is None else now_s
    stale = [
        path
        for path in directory.glob("**/*.db")
        if path.is_dir() and now_s - max(file.stat().st_mtime for file in path.iterdir()) > STALE_S
    ]
    for path in stale:
        shutil.rmtree(path)
    return stale
