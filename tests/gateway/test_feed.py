"""The reader's place in a feed, without Redis."""

import asyncio
import random
from collections.abc import AsyncIterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.realtime.feed import Entry, Feed, Read


def entry(seq: int) -> Entry:
    return Entry(seq, msgspec.json.encode({"seq": seq}))


class Client:
    """Takes entries; does not have room for each at once."""

    def __init__(self, rng: random.Random, full: float = 0.0) -> None:
        self.got: list[int] = []
        self._rng = rng
        self._full = full

    def has_room(self) -> bool:
        return self._rng.random() >= self._full

    async def room(self) -> None:
        while not self.has_room():
            await asyncio.sleep(0)

    def deliver(self, entry: Entry) -> None:
        self.got.append(entry.seq)

    def reset(self) -> None:
        self.got.clear()


def reading(store: dict[int, Entry], rng: random.Random, failing: float = 0.0) -> Read:
    async def read(after: int) -> AsyncIterator[list[Entry]]:
        while page := [store[seq] for seq in sorted(store) if seq > after][:3]:
            await asyncio.sleep(0)
            if rng.random() < failing:
                raise OSError("away")
            yield page
            after = page[-1].seq

    return read


async def settle() -> None:
    """Lets everything that is ready run."""
    for _ in range(200):
        await asyncio.sleep(0)


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32), cursor=st.integers(0, 5), count=st.integers(6, 30))
def test_whatever_happens_to_nudges_each_entry_comes_once_in_order(
    seed: int, cursor: int, count: int
) -> None:
    asyncio.run(_story(random.Random(seed), cursor, count))


async def _story(rng: random.Random, cursor: int, count: int) -> None:
    store: dict[int, Entry] = {}
    client = Client(rng, full=0.3)
    feed = Feed(cursor, reading(store, rng, failing=0.1), client)
    for seq in range(1, count + 1):
        store[seq] = entry(seq)
        for told in (seq, rng.randint(1, seq)):
            if rng.random() < 0.6:
                feed.nudge(store[told].data)
        if rng.random() < 0.5:
            await asyncio.sleep(0)
    while feed.cursor < count:
        feed.compare(count)
        await settle()
    assert client.got == list(range(cursor + 1, count + 1))


@pytest.mark.parametrize(("stored", "wanted"), [((4, 5), []), ((1, 2, 4), [1, 2])])
def test_what_follows_a_gap_is_kept_back(stored: tuple[int, ...], wanted: list[int]) -> None:
    async def story() -> None:
        store = {seq: entry(seq) for seq in stored}
        client = Client(random.Random(0))
        feed = Feed(0, reading(store, random.Random(0)), client)
        feed.compare(max(stored))
        await settle()
        assert client.got == wanted
        store.update({seq: entry(seq) for seq in range(1, 6)})
        feed.compare(5)
        await settle()
        assert client.got == [1, 2, 3, 4, 5]

    asyncio.run(story())


def test_an_entry_that_says_all_closes_a_gap() -> None:
    async def story() -> None:
        client = Client(random.Random(0))
        store = {seq: entry(seq) for seq in (7, 8)}
        feed = Feed(2, reading(store, random.Random(0)), client, restart=lambda one: one.seq == 7)
        feed.compare(8)
        await settle()
        assert client.got == [7, 8]

    asyncio.run(story())


def test_an_empty_stream_is_read_once_for_what_is_older() -> None:
    async def story() -> None:
        reads: list[int] = []

        async def read(after: int) -> AsyncIterator[list[Entry]]:
            reads.append(after)
            yield []

        feed = Feed(4, read, Client(random.Random(0)))
        for _ in range(3):
            feed.compare(None)
            await settle()
        assert reads == [4]

    asyncio.run(story())


def test_a_closed_feed_delivers_nothing_more() -> None:
    async def story() -> None:
        client = Client(random.Random(0))
        store = {1: entry(1)}
        feed = Feed(0, reading(store, random.Random(0)), client)
        feed.compare(1)
        feed.close()
        await settle()
        assert client.got == []

    asyncio.run(story())
