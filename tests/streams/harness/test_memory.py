"""Who is kept in memory, and who is gone."""

from schemas.codec import Tick
from streams.harness.replay import replay
from streams.harness.snapshots import chunks, incarnation
from tests.streams.harness.chain import Add, Boom, ChainDecider, Close
from tests.streams.harness.records import MemoryStore, made, said

DECIDER = ChainDecider("t.")


def test_the_gone_leave_memory_and_stay_gone() -> None:
    store = MemoryStore()
    partition = store.load(DECIDER)
    partition.decide([made(0, Add(n=1)), made(1, Close())])
    capture = partition.capture()
    assert capture.snapshots[0].gone_ms is not None
    store.write(chunks("e", incarnation(0, "x"), 0, capture.snapshots[0]))
    partition.stored(most_hot=10)
    assert not partition.hot
    assert store.load(DECIDER)._entity("e").state.closed


def test_the_gone_decide_alike_in_memory_and_from_their_mark() -> None:
    store = MemoryStore()
    partition = store.load(DECIDER)
    log = [made(0, Add(n=4)), made(1, Close()), made(2, Add(n=1)), made(3, Boom()), made(4, Add(n=1))]
    first = partition.decide(log[:2])
    snapshot = partition.capture().snapshots[0]
    store.write(chunks("e", incarnation(0, "x"), 0, snapshot))
    partition.stored(most_hot=10)
    assert first + partition.decide(log[2:]) == replay(DECIDER, 0, log)


def test_after_an_hour_the_gone_are_as_if_they_never_were() -> None:
    log = [made(0, Add(n=4)), made(1, Close())]
    log += [made(n, Tick(), "", timestamp=1_000_000 + n * 5_000) for n in range(2, 800)]
    assert said(replay(DECIDER, 0, [*log, made(800, Add(n=1), timestamp=5_000_000)])[-1:]) == [("e", 1)]


def test_an_entity_that_left_memory_comes_back_as_it_was() -> None:
    store = MemoryStore()
    partition = store.load(DECIDER)
    log = [made(n, Add(n=n), f"e{n % 5}") for n in range(20)]
    sent = []
    for at in range(0, 20, 4):
        sent += partition.decide(log[at : at + 4])
        for one in partition.capture().snapshots:
            store.write(chunks(one.entity, incarnation(0, "x"), 0, one))
        partition.stored(most_hot=1)
    assert sent == replay(DECIDER, 0, log)
    assert len(partition.hot) <= 1


def test_the_least_recently_used_leave_memory_not_the_longest_loaded() -> None:
    store = MemoryStore()
    partition = store.load(DECIDER)
    for offset, key in enumerate("abcad"):
        partition.decide([made(offset, Add(n=1), key)])
        for one in partition.capture().snapshots:
            store.write(chunks(one.entity, incarnation(0, "x"), 0, one))
        partition.stored(most_hot=3)
    assert list(partition.hot) == ["c", "a", "d"]
