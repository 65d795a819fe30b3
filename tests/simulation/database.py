"""A local store on a machine's disk: what rocksdict offers, as far as the harness uses it."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any


class WriteBatch:
    """Writes that happen together."""

    def __init__(self, raw_mode: bool) -> None:
        self.writes: list[tuple[bytes, bytes | None]] = []

    def put(self, key: bytes, value: bytes) -> None:
        """One pair."""
        self.writes.append((key, value))

    def delete(self, key: bytes) -> None:
        """One pair less."""
        self.writes.append((key, None))


class Cursor:
    """Goes through the keys in order."""

    def __init__(self, disk: "Disk") -> None:
        self._disk, self._at = disk, 0

    def seek(self, key: bytes) -> None:
        """To the first key that is not below."""
        self._at = bisect_left(self._disk.keys, key)

    def valid(self) -> bool:
        """Whether there is one."""
        return self._at < len(self._disk.keys)

    def key(self) -> bytes:
        """The key here."""
        return self._disk.keys[self._at]

    def value(self) -> bytes:
        """Its value."""
        return self._disk.pairs[self.key()]

    def next(self) -> None:
        """To the next one."""
        self._at += 1


class Disk:
    """One partition's pairs; they survive their process."""

    def __init__(self) -> None:
        self.pairs: dict[bytes, bytes] = {}
        self.keys: list[bytes] = []

    def iter(self) -> Cursor:
        """From the beginning."""
        return Cursor(self)

    def get(self, key: bytes) -> bytes | None:
        """One value."""
        return self.pairs.get(key)

    def put(self, key: bytes, value: bytes | None) -> None:
        """One pair; None deletes it."""
        if value is None:
            if self.pairs.pop(key, None) is not None:
                del self.keys[bisect_left(self.keys, key)]
            return
        if key not in self.pairs:
            insort(self.keys, key)
        self.pairs[key] = value

    def write(self, batch: WriteBatch) -> None:
        """All of it."""
        for key, value in batch.writes:
            self.put(key, value)

    def property_int_value(self, _: str) -> int:
        """How many keys."""
        return len(self.keys)


class Disks:
    """What Faust's table keeps for one instance: a store for each partition."""

    offset_key = b"__faust\x00offset__"

    def __init__(self) -> None:
        self._of: dict[int, Disk] = {}

    def _db_for_partition(self, number: int) -> Disk:
        return self._of.setdefault(number, Disk())

    def restore(self, number: int, log: Any) -> Iterator[int]:
        """What the changelog holds beyond what is here, as Faust restores it; yields after some records."""
        disk = self._db_for_partition(number)
        at = int(disk.get(self.offset_key) or b"-1") + 1
        while at < len(log):
            for record in log[at : at + 20]:
                disk.put(record.key, record.value)
                at = record.offset + 1
            disk.put(self.offset_key, str(at - 1).encode())
            yield at


ROCKSDICT = SimpleNamespace(WriteBatch=WriteBatch)
