"""What can't be decided is set aside, and the rest goes on as if it had not been."""

from itertools import pairwise
from typing import Any

import pytest

from schemas.codec import Tick
from streams.harness.replay import replay
from streams.harness.snapshots import WATERMARK, chunks, incarnation
from tests.streams.harness.chain import Add, Alarm, Boom, ChainDecider, Close, Jam
from tests.streams.harness.records import Made, MemoryStore, header, made, said

DECIDER = ChainDecider("t.")


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


def ticks(begin: int, end: int) -> list[Made]:
    """One a second."""
    return [made(n, Tick(), "") for n in range(begin, end)]


def test_a_tick_that_is_refused_is_tried_again_after_pauses_that_double() -> None:
    letters = replay(DECIDER, 0, [made(0, Alarm(after_ms=500)), made(1, Jam()), *ticks(2, 3_600)])
    offsets = [int(header(letter, "id").split(":")[2]) for letter in letters]
    pauses = [after - before for before, after in pairwise(offsets)]
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600, 600]


def test_commands_that_leave_it_due_do_not_shorten_the_pause_and_another_time_ends_it() -> None:
    jammed = [made(0, Alarm(after_ms=500)), made(1, Jam()), *ticks(2, 20)]
    adds = [made(n, Add(n=1)) for n in range(20, 30)]
    mended = [made(30, Jam(on=False)), made(31, Alarm(after_ms=500)), *ticks(32, 34)]
    sent = replay(DECIDER, 0, [*jammed, *adds, *mended])
    kinds = [header(one, "type") for one in sent]
    assert kinds == ["dead.letter"] * 4 + ["added"] * 10 + ["added"]


@pytest.mark.parametrize("stored", range(2, 60, 7))
def test_the_pause_survives_a_restart(stored: int) -> None:
    log = [made(0, Alarm(after_ms=500)), made(1, Jam()), *ticks(2, 100)]
    store = MemoryStore()
    partition = store.load(DECIDER)
    sent = partition.decide(log[:stored])
    capture = partition.capture()
    store.write(chunks("e", incarnation(0, "x"), 0, capture.snapshots[0]))
    store.write(chunks(WATERMARK, incarnation(0, "x"), 0, capture.watermark))
    assert sent + store.load(DECIDER).decide(log) == replay(DECIDER, 0, log)
