"""The rules of deciding, without a broker."""

import pytest

from schemas.codec import ApplyVersion, Tick
from streams.harness.partition import Partition, UnknownRules
from streams.harness.replay import Nothing, replay, replayed
from streams.harness.snapshots import Watermark, chunks, incarnation
from tests.streams.harness.chain import Add, Alarm, ChainDecider
from tests.streams.harness.records import MemoryStore, header, made, said

DECIDER = ChainDecider("t.")
TRACE = b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01"


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


def test_doubled_ticks_do_no_harm() -> None:
    log = [
        made(0, Alarm(after_ms=500), "a"),
        *(made(n, Tick(), "", timestamp=1_001_000) for n in range(1, 5)),
    ]
    assert len(replay(DECIDER, 0, log)) == 1


def test_rules_change_where_the_record_stands_and_are_remembered() -> None:
    store = MemoryStore()
    partition = store.load(DECIDER)
    log = [made(0, Add(n=1)), made(1, ApplyVersion(version=2), ""), made(2, Add(n=1))]
    assert said(partition.decide(log)) == [("e", 1), ("e", 38)]
    assert partition.capture().watermark.rules == 2


def test_a_worker_that_does_not_know_the_rules_ends_with_a_clear_message() -> None:
    with pytest.raises(UnknownRules, match=r"version 9; this release .* knows 1, 2. Start a release"):
        replay(DECIDER, 0, [made(0, ApplyVersion(version=9), "")])
    with pytest.raises(UnknownRules):
        Partition(0, DECIDER, Nothing(), Watermark(0, 3, "t"))
