"""Decisions as spans: beside them, the same each time, and nothing of them changed."""

from collections.abc import Iterator

import pytest

from runtime import tracing
from runtime.tracing import Span
from streams.harness.replay import replayed
from streams.harness.sent import Sent
from streams.harness.spans import DecidedSpans
from tests.streams.harness.chain import Add, ChainDecider
from tests.streams.harness.records import Made, header, made

DECIDER = ChainDecider("t.")
KEPT = f"00-{'a' * 32}-{'b' * 16}-01"
NOT_KEPT = f"00-{'c' * 32}-{'d' * 16}-00"
Log = list[Made]


@pytest.fixture
def spans() -> Iterator[list[Span]]:
    found: list[Span] = []
    tracing.switch(found.append, 0.0)
    yield found
    tracing.switch(None, 0.0)


@pytest.fixture
def log() -> Log:
    return [
        made(0, Add(n=1))._replace(headers=[("id", b"0"), ("traceparent", KEPT.encode())]),
        made(1, Add(n=2)),
        made(2, Add(n=3))._replace(headers=[("id", b"2"), ("traceparent", NOT_KEPT.encode())]),
        made(3, b"not json")._replace(headers=[("id", b"3"), ("traceparent", KEPT.encode())]),
    ]


def decided(log: Log, begin: int = 0) -> list[Sent]:
    """As an owner of the partition decides them."""
    partition = replayed(DECIDER, 5)
    partition.decide(log[:begin])
    traced = DecidedSpans("app", DECIDER.source, 5, begin)
    return traced.traced(partition.decide(traced.noting(log)))


def bare(sent: list[Sent]) -> list[Sent]:
    """Without their traces."""
    return [one._replace(headers=[pair for pair in one.headers if pair[0] != "traceparent"]) for one in sent]


def test_nothing_is_decided_otherwise_for_being_traced(spans: list[Span], log: Log) -> None:
    assert bare(decided(log)) == bare(replayed(DECIDER, 5).decide(log))


def test_what_is_decided_again_is_equal_to_the_last_byte(spans: list[Span], log: Log) -> None:
    assert decided(log) == decided(log)
    first, again = spans[: len(spans) // 2], spans[len(spans) // 2 :]
    assert [(one.context, one.parent) for one in first] == [(one.context, one.parent) for one in again]


def test_an_output_is_within_the_decision_and_that_within_its_record(spans: list[Span], log: Log) -> None:
    output, untraced, not_kept, letter = decided(log)
    whole, refused = spans
    assert (whole.name, whole.parent) == (f"process {DECIDER.source.name}", KEPT)
    assert whole.attributes["messaging.kafka.offset"] == 0
    assert header(output, "traceparent") == tracing.derived(whole.context, header(output, "id"))
    assert "traceparent" not in dict(untraced.headers)
    assert header(not_kept, "traceparent") == NOT_KEPT
    assert (whole.error, refused.error) == ("", "undecodable")
    assert tracing.context_of(letter.headers)[:36] == KEPT[:36]


def test_what_was_decided_before_is_no_span(spans: list[Span], log: Log) -> None:
    decided(log, begin=1)
    assert [one.attributes["messaging.kafka.offset"] for one in spans] == [3]
