"""The rules of deciding, without a broker."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import SetRules, Tick
from streams.harness.partition import Partition, UnknownRules
from streams.harness.replay import Nothing, replay, replayed
from streams.harness.sent import Sent
from streams.harness.snapshots import WATERMARK, Watermark, chunks, incarnation
from tests.streams.harness.chain import Add, Alarm, Boom, ChainDecider, Close
from tests.streams.harness.records import Made, MemoryStore, made

DECIDER = ChainDecider("t.")
TRACE = b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01"


def said(sent: list[Sent]) -> list[tuple[str, int]]:
    return [
        (record["entity"], record["total"])
        for one in sent
        if (record := msgspec.json.decode(one.value or b""))
    ]


def header(sent: Sent, name: str) -> str:
    return next(value.decode() for key, value in sent.headers if key == name)


def test_each_output_tells_its_cause() -> None:
    sent = replay(DECIDER, 3, [made(0, Add(n=1), "a:b"), made(1, Add(n=2), "a:b")])
    assert [header(one, "id") for one in sent] == ["t.cmd:3:0:0:a:b:0", "t.cmd:3:1:0:a:b:0"]
    assert said(sent) == [("a:b", 1), ("a:b", 33)]


def test_an_output_belongs_to_the_trace_of_its_command() -> None:
    record = made(0, Add(n=1))._replace(headers=[("traceparent", TRACE)])
    assert header(replay(DECIDER, 0, [record])[0], "traceparent") == TRACE.decode()


def test_records_below_the_expectation_are_skipped() -> None:
    partition = replayed(DECIDER, 0)
    log = [made(n, Add(n=n)) for n in range(4)]
    first = partition.decide(log[:3])
    assert len(first) == 3
    assert said(partition.decide(log)) == said(replay(DECIDER, 0, log))[3:]


def test_an_entity_ahead_of_the_watermark_skips_what_it_has() -> None:
    store = MemoryStore()
    partition = store.load(DECIDER)
    log = [made(n, Add(n=n), f"e{n % 2}") for n in range(6)]
    outputs = partition.decide(log[:4])
    capture = partition.capture()
    ahead = next(snapshot for snapshot in capture.snapshots if snapshot.entity == "e0")
    store.write(chunks("e0", incarnation(0, "x"), 0, ahead))  # but no watermark
    again = store.load(DECIDER).decide(log)
    assert [one for one in again if one in outputs] == [one for one in outputs if b"e1" in (one.key or b"")]
    assert {header(one, "id"): one for one in outputs + again}.keys() == {
        header(one, "id") for one in replay(DECIDER, 0, log)
    }


@pytest.mark.parametrize(
    ("value", "key", "reason"),
    [
        (b"not json", "e", "undecodable"),
        (b'{"type":"unknown"}', "e", "undecodable"),
        (b'{"type":"add"}', "e", "undecodable"),
        (b"", "e", "undecodable"),
        (b'{"type":"add","n":1}', "", "no key"),
        (b'{"type":"add","n":1}', "a\x00b", "undecodable"),
        (b'{"type":"add","n":1}', "k" * 400_000, "undecodable"),
        (b'{"type":"add","n":' + b"[" * 50_000 + b"]" * 50_000 + b"}", "e", "undecodable"),
        (b"x" * 1_040_000, "e", "undecodable"),
    ],
)
def test_what_is_no_command_is_dead_lettered_and_the_rest_goes_on(
    value: bytes, key: str, reason: str
) -> None:
    sent = replay(DECIDER, 0, [made(0, value, key), made(1, Add(n=5))])
    assert sent[0].topic == "t.cmd.dlq"
    assert sent[0].value == value[:900_000]
    assert len(sent[0].value or b"") + len(sent[0].key) < 1_000_000
    assert header(sent[0], "reason") == reason
    assert said(sent[1:]) == [("e", 5)]


def test_a_bad_cause_header_is_a_dead_letter() -> None:
    sent = replay(DECIDER, 0, [made(0, Add(n=1), cause="nonsense")])
    assert header(sent[0], "reason") == "undecodable"


def test_a_step_that_raises_leaves_no_trace_but_its_dead_letter() -> None:
    with_boom = [made(0, Add(n=1)), made(1, Boom()), made(2, Add(n=2))]
    without = [with_boom[0], with_boom[2]]
    sent = replay(DECIDER, 0, with_boom)
    assert header(sent[1], "reason") == "poison"
    assert header(sent[1], "id") == "t.cmd:0:1"
    assert said([sent[0], sent[2]]) == said(replay(DECIDER, 0, without))


@pytest.mark.parametrize("after", [1, 2])
def test_it_is_rebuilt_from_the_snapshot_and_what_came_since(after: int) -> None:
    store = MemoryStore()
    partition = store.load(DECIDER)
    partition.decide([made(n, Add(n=n)) for n in range(3)])
    capture = partition.capture()  # not stored yet: rebuilding must take it from here
    if after == 2:
        store.write([pair for one in capture.snapshots for pair in chunks("e", incarnation(0, "x"), 0, one)])
        partition.stored(most_hot=10)
    more = [made(3, Add(n=3)), made(4, Boom()), made(5, Add(n=5))]
    whole = [made(n, Add(n=n)) for n in (0, 1, 2, 3, 5)]
    assert said([partition.decide(more)[-1]]) == [said(replay(DECIDER, 0, whole))[-1]]


def test_an_output_too_large_is_poison_not_a_crash() -> None:
    sent = replay(DECIDER, 0, [made(0, Add(n=1, answer_bytes=2_000_000)), made(1, Add(n=2))])
    assert [header(one, "type") for one in sent] == ["dead.letter", "added"]
    assert said(sent[1:]) == [("e", 2)]


@pytest.mark.parametrize("error", [MemoryError, RecursionError])
def test_what_is_not_the_records_fault_ends_the_process(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    decider = ChainDecider("t.")

    def step(*_: object) -> None:
        raise error

    monkeypatch.setattr(decider.rules[1], "step", step)
    with pytest.raises(error):
        replay(decider, 0, [made(0, Add(n=1))])


def test_a_cause_not_newer_is_dropped() -> None:
    causes = ["s:0:5:0:x:0", "s:0:5:0:x:1", "s:0:5:0:x:0", "s:0:4:0:x:7", "s:1:1:0:x:0", "s:0:6:0:a:0"]
    log = [made(n, Add(n=n), cause=cause) for n, cause in enumerate(causes)]
    assert [header(one, "id").split(":")[2] for one in replay(DECIDER, 0, log)] == ["0", "1", "4", "5"]


def test_ticks_visit_the_due_by_time_then_id_and_once() -> None:
    log = [
        made(0, Alarm(after_ms=2_500), "b"),
        made(1, Alarm(after_ms=1_500), "c"),
        made(2, Alarm(after_ms=500), "a"),
        made(3, Tick(), ""),
        made(4, Tick(), ""),
        made(5, Tick(), ""),
    ]
    assert [entity for entity, _ in said(replay(DECIDER, 0, log))] == ["a", "b", "c"]


def test_each_entity_that_refuses_a_tick_has_a_dead_letter_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decider = ChainDecider("t.")
    rules = decider.rules[1]
    step = rules.step

    def refusing(state: Any, command: Any, at: Any) -> Any:
        if isinstance(command, Tick):
            raise RuntimeError
        return step(state, command, at)

    monkeypatch.setattr(rules, "step", refusing)
    log = [made(0, Alarm(after_ms=500), "a"), made(1, Alarm(after_ms=500), "b"), made(2, Tick(), "")]
    letters = replay(decider, 0, log)
    assert len({header(letter, "id") for letter in letters}) == len(letters) == 2


def test_a_poison_record_does_not_bring_back_the_forgotten() -> None:
    log = [made(0, Add(n=4)), made(1, Close())]
    log += [made(n, Tick(), "", timestamp=1_000_000 + n * 5_000) for n in range(2, 800)]
    log += [made(n, one, timestamp=5_000_000) for n, one in enumerate((Add(n=1), Boom(), Add(n=1)), 800)]
    store = MemoryStore()
    partition = store.load(DECIDER)
    sent = partition.decide(log[:2])
    store.write(chunks("e", incarnation(0, "x"), 0, partition.capture().snapshots[0]))
    partition.stored(most_hot=10)
    assert sent + partition.decide(log[2:]) == replay(DECIDER, 0, log)


def test_doubled_ticks_do_no_harm() -> None:
    log = [
        made(0, Alarm(after_ms=500), "a"),
        *(made(n, Tick(), "", timestamp=1_001_000) for n in range(1, 5)),
    ]
    assert len(replay(DECIDER, 0, log)) == 1


def test_rules_change_where_the_record_stands_and_are_remembered() -> None:
    store = MemoryStore()
    partition = store.load(DECIDER)
    log = [made(0, Add(n=1)), made(1, SetRules(version=2), ""), made(2, Add(n=1))]
    assert said(partition.decide(log)) == [("e", 1), ("e", 38)]
    assert partition.capture().watermark.rules == 2


def test_a_worker_that_does_not_know_the_rules_ends_with_a_clear_message() -> None:
    with pytest.raises(UnknownRules, match="version 9; this release knows 1, 2"):
        replay(DECIDER, 0, [made(0, SetRules(version=9), "")])
    with pytest.raises(UnknownRules):
        Partition(0, DECIDER, Nothing(), Watermark(0, 3, "t"))


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


COMMANDS = st.one_of(
    st.builds(Add, n=st.integers(0, 9)),
    st.builds(Alarm, after_ms=st.integers(0, 6_000)),
    st.just(Boom()),
    st.just(Tick()),
    st.just(Close()),
    st.just(SetRules(version=2)),
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
        log.append(made(offset, command, "" if isinstance(command, Tick | SetRules) else key, now))
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
