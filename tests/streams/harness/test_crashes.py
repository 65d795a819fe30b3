"""Whatever part of the work survives, the next owner decides alike."""

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import ApplyVersion, Tick
from streams.harness.replay import replay
from streams.harness.sent import Sent
from streams.harness.snapshots import WATERMARK, chunks, incarnation
from tests.streams.harness.chain import Add, Alarm, Boom, ChainDecider, Close, Jam
from tests.streams.harness.records import Made, MemoryStore, header, made

DECIDER = ChainDecider("t.")


COMMANDS = st.one_of(
    st.builds(Add, n=st.integers(0, 9)),
    st.builds(Alarm, after_ms=st.integers(0, 6_000)),
    st.just(Boom()),
    st.builds(Jam, on=st.booleans()),
    st.just(Tick()),
    st.just(Close()),
    st.just(ApplyVersion(version=2)),
    st.just(b"broken"),
)
STEPS = st.lists(st.tuples(COMMANDS, st.sampled_from("abc"), st.integers(-3_000, 9_000)), max_size=40)
CRASHES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 5), st.booleans(), st.booleans()), max_size=8)


@settings(max_examples=500, deadline=None)
@given(STEPS, CRASHES)
def test_whatever_crashes_between_the_outputs_are_those_of_one_straight_run(
    steps: list[tuple[object, str, int]], crashes: list[tuple[int, int, bool, bool]]
) -> None:
    """Owners follow each other; each decides some records, stores a part of its checkpoint, and dies."""
    now, log = 1_000_000, []
    for offset, (command, key, passed) in enumerate(steps):
        now = max(1, now + passed)
        log.append(made(offset, command, "" if isinstance(command, Tick | ApplyVersion) else key, now))
    store, seen = MemoryStore(), dict[str, Sent]()
    for number, (decided, stored, marked, twice) in enumerate([*crashes, (len(log), 99, True, False)]):
        _one_owner(store, log, seen, f"{number}", (decided, stored, marked, twice))
    assert seen == {header(one, "id"): one for one in replay(DECIDER, 0, log)}


def _one_owner(
    store: MemoryStore, log: list[Made], seen: dict[str, Sent], name: str, plan: tuple[int, int, bool, bool]
) -> None:
    decided, stored, marked, twice = plan
    partition = store.load(DECIDER)
    for _ in range(1 + twice):
        begin = partition.next_offset
        for one in partition.decide(log[begin : begin + decided]):
            assert seen.setdefault(header(one, "id"), one) == one
        capture = partition.capture()
        own = incarnation(0, name)
        whole = stored >= len(capture.snapshots)
        for snapshot in capture.snapshots[:stored]:
            store.write(chunks(snapshot.entity, own, 0, snapshot))
        if not whole:
            return
        if marked:
            store.write(chunks(WATERMARK, own, 0, capture.watermark))
        partition.stored(most_hot=2)
