"""The local store on a real RocksDB."""

import os
from pathlib import Path

import pytest
import rocksdict

from streams.harness.snapshots import WATERMARK, Snapshot, Watermark, chunks, incarnation
from streams.harness.store import STALE_S, LocalStore, discard_stale

OWN = incarnation(0, "own")


class Table:
    """What is used of Faust's store."""

    offset_key = b"__faust\0offset__"

    def __init__(self, path: Path) -> None:
        self._db = rocksdict.Rdict(str(path), options=rocksdict.Options(raw_mode=True))

    def _db_for_partition(self, _: int) -> rocksdict.Rdict:
        return self._db


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(Table(tmp_path / "db"), 0)


def snapshot(entity: str, next_offset: int, due_ms: int | None = None) -> Snapshot:
    return Snapshot(entity, next_offset, None, due_ms, {}, b"state")


def test_it_finds_the_newest_of_an_entity_and_not_of_one_whose_name_begins_alike(store: LocalStore) -> None:
    store.write(chunks("a", OWN, 0, snapshot("a", 3)))
    store.write(chunks("a", incarnation(1, "x"), 0, snapshot("a", 5)))
    store.write(chunks("ab", OWN, 0, snapshot("ab", 9)))
    assert store.newest("a") == snapshot("a", 5)
    assert store.newest("b") is None


def test_it_keeps_watermark_timers_and_offset_apart(store: LocalStore) -> None:
    assert store.watermark() is None
    assert store.persisted is None
    store.write(chunks(WATERMARK, OWN, 0, Watermark(7, 1, "t")))
    store.write(chunks("e", OWN, 0, snapshot("e", 3, due_ms=50)))
    store.write(chunks("f", OWN, 0, snapshot("f", 3)))
    store.persisted = 41
    assert store.watermark() == Watermark(7, 1, "t")
    assert list(store.timers()) == [(50, "e")]
    assert store.persisted == 41


def test_a_sweep_goes_on_where_it_stopped_and_sees_all(store: LocalStore) -> None:
    names = [f"e{number:02d}" for number in range(25)]
    for name in names:
        store.write(chunks(name, OWN, 0, snapshot(name, 1)))
    seen, after = [], b""
    while found := store.pairs_after(after, 10):
        seen += [name for name, _ in found]
        after = found[-1][1][-1][0] + b"\x00"
    assert seen == names
    assert store.size() >= len(names)


def test_what_is_deleted_is_gone(store: LocalStore) -> None:
    pairs = chunks("e", OWN, 0, snapshot("e", 1))
    store.write(pairs)
    store.write([(key, None) for key, _ in pairs])
    assert store.newest("e") is None


@pytest.mark.parametrize(("age_s", "gone"), [(STALE_S + 60, True), (STALE_S - 60, False)])
def test_a_store_not_written_for_long_is_thrown_away(tmp_path: Path, age_s: float, gone: bool) -> None:
    path = tmp_path / "v1" / "tables" / "entities-0.db"
    path.mkdir(parents=True)
    (path / "LOG").write_text("")
    os.utime(path / "LOG", (1_000_000, 1_000_000))
    assert discard_stale(tmp_path, 1_000_000 + age_s) == ([path] if gone else [])
    assert path.exists() is not gone
