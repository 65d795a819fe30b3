"""Checkpoints without a broker: what is stored stays whole, whatever part of a write survives."""

import asyncio
from collections.abc import Iterable
from typing import Any, NamedTuple

import pytest

from streams.harness import owned as owned_module
from streams.harness import snapshots
from streams.harness.owned import Owned
from streams.harness.sent import Sent
from streams.harness.snapshots import HOUR_MS, Pair, Snapshot, by_entity, chunks, incarnation
from tests.streams.harness.chain import Add, ChainDecider
from tests.streams.harness.records import MemoryStore, made

DECIDER = ChainDecider("t.")
Write = list[tuple[bytes, bytes | None]]


class Delivered(NamedTuple):
    """Where a batch begins."""

    offset: int


class Outbox:
    """Delivers at once, each record as a batch of its own."""

    def __init__(self) -> None:
        self.offset = 0

    def put(self, _: Sent) -> "asyncio.Future[Any]":
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        future.set_result(Delivered(self.offset))
        self.offset += 1
        return future

    async def acknowledged(self) -> None:
        """At once."""


class Store(MemoryStore):
    """Remembers what was written together."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[Write] = []
        self.persisted: int | None = None

    def write(self, pairs: Iterable[tuple[bytes, bytes | None]]) -> None:
        self.writes.append(list(pairs))
        for key, value in self.writes[-1]:
            if value is None:
                self.pairs.pop(key, None)
            else:
                self.pairs[key] = value

    def size(self) -> int:
        """How many there are."""
        return len(self.pairs)

    def pairs_after(self, key: bytes, at_least: int) -> list[tuple[str, list[Pair]]]:
        """Entities of one pair or a few each."""
        later = sorted(pair for pair in self.pairs.items() if pair[0] >= key)
        return list(by_entity(later[:at_least]))


def owner(store: Store) -> Owned:
    """One that began long ago."""
    return Owned(
        generation=1,
        partition=store.load(DECIDER),
        store=store,  # type: ignore[arg-type]
        outbox=Outbox(),  # type: ignore[arg-type]
        changelog="changelog",
        changelog_next=0,
        incarnation=incarnation(0, "own"),
        is_current=lambda _: True,
        commit=lambda *_: None,
    )


async def checkpoints(store: Store, keys: str, keep_bytes: int) -> None:
    """An owner that began long ago decides a record of each key in turn, and checkpoints; the states grow
    beyond a chunk."""
    owned = owner(store)
    for offset, key in enumerate(keys):
        record = made(offset, Add(n=1, keep_bytes=keep_bytes), key, 2 * HOUR_MS + offset)
        owned.partition.decide([record])
        await owned.checkpoint()


@pytest.mark.parametrize("keep_bytes", [0, 30, 200])
def test_the_stored_state_is_never_older_than_the_watermark(
    monkeypatch: pytest.MonkeyPatch, keep_bytes: int
) -> None:
    monkeypatch.setattr(snapshots, "CHUNK_BYTES", 150)
    store = Store()
    asyncio.run(checkpoints(store, "e" * 12, keep_bytes))
    everything = [pair for write in store.writes for pair in write]
    at_rest = Store()
    for cut in range(len(everything)):
        at_rest.write([everything[cut]])
        mark, snapshot = at_rest.watermark(), at_rest.newest("e")
        if mark:
            assert snapshot, f"torn after {cut} writes"
            assert snapshot.next_offset >= mark.next_offset


def test_what_is_superseded_goes_and_the_newest_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "CHUNK_BYTES", 150)
    store = Store()
    asyncio.run(checkpoints(store, "e" * 12 + "fff", 100))
    assert any(value is None for write in store.writes for _, value in write)
    newest = store.newest("e")
    assert newest
    assert newest.next_offset == 12


@pytest.mark.parametrize("marks", [5, 60, 700])
def test_however_many_are_gone_a_round_of_checkpoints_sweeps_them_all(
    monkeypatch: pytest.MonkeyPatch, marks: int
) -> None:
    monkeypatch.setattr(owned_module, "SWEEP_ROUND", 5)
    monkeypatch.setattr(owned_module, "SWEEP_SLICE", 10)
    store = Store()
    for number in range(marks):
        mark = Snapshot(f"gone-{number:03d}", 1, 1, None, {}, b"")
        store.write(chunks(mark.entity, incarnation(0, "old"), 0, mark))

    async def scenario() -> None:
        owned = owner(store)
        for offset in range(1 + 5):  # before the first one nothing is durable
            owned.partition.decide([made(offset, Add(n=1), "e", 3 * HOUR_MS)])
            await owned.checkpoint()

    asyncio.run(scenario())
    assert [key for key in store.pairs if key.startswith(b"gone")] == []


@pytest.mark.parametrize(
    ("keep_bytes", "pause_s"),
    [(0, 1.0), (400_000, 1.0), (1_000_000, 2.0), (9_000_000, 5.0)],
)
def test_a_large_entity_is_stored_more_seldom(keep_bytes: int, pause_s: float) -> None:
    async def scenario() -> float:
        owned = owner(Store())
        owned.partition.decide([made(0, Add(n=1, keep_bytes=keep_bytes), "e", HOUR_MS)])
        await owned.checkpoint()
        return owned.pause_s(every_s=1.0)

    assert asyncio.run(scenario()) == pytest.approx(pause_s, rel=0.01)


def test_small_entities_are_stored_as_often_however_many_they_are() -> None:
    async def scenario() -> float:
        owned = owner(Store())
        for offset in range(50):
            owned.partition.decide([made(offset, Add(n=1, keep_bytes=30_000), f"e{offset}", HOUR_MS)])
        await owned.checkpoint()
        return owned.pause_s(every_s=1.0)

    assert asyncio.run(scenario()) == 1.0
