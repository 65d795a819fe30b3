"""Batches and answers as spans, and what they leave as it is."""

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import ConsumerRecord

from runtime import tracing
from runtime.tracing import Span
from schemas.bot import BotAnswered, BotAsked
from schemas.codec import encode
from schemas.envelope import headers
from schemas.ids import session_id
from workers.batch import Batch, Place, Position
from workers.notifier.feeds import Note
from workers.notifier.sink import _flat
from workers.responder.bots import Answer
from workers.responder.settings import ResponderSettings
from workers.responder.sink import BotSink
from workers.spans import REDIS, processed, storing

SESSION = session_id(1, 1_790_000_000_000, 7)
KEPT = [f"00-{digit * 32}-{'b' * 16}-01" for digit in "123"]


@pytest.fixture
def spans() -> Iterator[list[Span]]:
    found: list[Span] = []
    tracing.switch(found.append, 0.0)
    yield found
    tracing.switch(None, 0.0)


def record(offset: int, traceparent: str = "", value: bytes = b"{}") -> ConsumerRecord:
    made = headers(f"id-{offset}", "message.added", "t:0:1:0:e:0", traceparent)
    return ConsumerRecord("t", 0, offset, 0, 0, b"e", value, None, 1, len(value), tuple(made))


def batch(*traceparents: str) -> Batch:
    return Batch(Place("t", 0), 0, [record(offset, one) for offset, one in enumerate(traceparents)])


def test_a_batch_links_to_its_records_and_they_to_it(spans: list[Span]) -> None:
    with storing("w", REDIS, batch(KEPT[0], "", KEPT[1])):
        pass
    whole, first, stored, second, _ = spans
    assert (whole.parent, whole.links) == ("", (KEPT[0], KEPT[1]))
    assert whole.attributes["messaging.batch.message_count"] == 3
    assert [one.parent for one in (first, second)] == KEPT[:2]
    assert first.links == second.links == (whole.context,)
    assert (stored.parent, stored.attributes["db.system.name"]) == (first.context, "redis")


def test_what_can_not_be_stored_is_a_failed_span_and_raises_all_the_same(spans: list[Span]) -> None:
    with pytest.raises(OSError, match="no server"), storing("w", REDIS, batch(KEPT[0])):
        raise OSError("no server")
    assert {one.error for one in spans} == {"OSError"}


def test_a_batch_of_which_nothing_is_kept_is_no_span(spans: list[Span]) -> None:
    with storing("w", REDIS, batch("", KEPT[0][:-1] + "0")):
        pass
    assert spans == []


def test_the_notifier_publishes_the_context_of_its_own_span(spans: list[Span]) -> None:
    with storing("notifier", REDIS, batch(KEPT[0], "")):
        pass
    traced, plain = (list(_flat(one, Note("c")))[-1] for one in batch(KEPT[0], "").records)
    assert (traced, plain) == (spans[1].context, "")
    tracing.switch(None, 0.0)
    assert processed("notifier", record(0, KEPT[0])) == ""


class FakeProducer:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    async def send_and_wait(self, _: str, __: bytes, **more: Any) -> None:
        self.sent.append(more)


class OneAnswer:
    async def answer(self, asked: BotAsked) -> Answer:
        return Answer(BotAnswered(session_id=asked.session_id, turn=asked.turn), "matcher", "answered")


@pytest.mark.parametrize("on", [True, False], ids=["on", "off"])
def test_an_answer_is_within_its_question(spans: list[Span], on: bool) -> None:
    if not on:
        tracing.switch(None, 0.0)
    producer = FakeProducer()
    asked = encode(BotAsked(session_id=SESSION, turn=1, texts=("hi",), until_ms=2**53))
    question = record(4, KEPT[0], asked)

    async def answered() -> None:
        unused = cast("Any", SimpleNamespace())
        sink = BotSink(OneAnswer(), unused, cast("Any", producer), unused, ResponderSettings())
        place = Place("t", 0)
        await sink.start_at(place, Position(4, ""))
        await sink.store(Batch(place, 4, [question]))
        await sink.finish()

    asyncio.run(answered())
    carried = dict(producer.sent[0]["headers"])["traceparent"].decode()
    if on:
        send, process = spans
        assert (process.parent, send.parent, carried) == (KEPT[0], process.context, send.context)
    else:
        assert (spans, carried) == ([], KEPT[0])
