"""What was decided, as spans: beside the decisions, which know nothing of them.

Ids derive from the record's position, so a record that is decided again has the same span, and its outputs
the same headers.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

from runtime.tracing import Kind, Span, context_of, derived, of_record, record, within
from schemas.envelope import Cause, header
from schemas.topics import Topic
from streams.harness.sent import Record, Sent


class _Decided(NamedTuple):
    context: str
    record: Record
    parent: str
    began_ns: int
    ended_ns: int


class DecidedSpans:
    """Those of one batch of a partition; records below `begin` are decided already."""

    def __init__(self, app: str, source: Topic, number: int, begin: int) -> None:
        self._app, self._source, self._number, self._begin = app, source, number, begin
        self._decided: dict[int, _Decided] = {}

    def noting(self, records: Iterable[Record]) -> Iterator[Record]:
        """The records; each is decided between being taken from here and the next one's being asked for."""
        for one in records:
            parent = context_of(one.headers) if one.offset >= self._begin else ""
            began_ns = time.time_ns() if parent else 0
            yield one
            if parent:
                context = derived(parent, f"{self._app}:{self._source.name}:{self._number}:{one.offset}")
                self._decided[one.offset] = _Decided(context, one, parent, began_ns, time.time_ns())

    def traced(self, sent: list[Sent]) -> list[Sent]:
        """The outputs, each in a context of its own; records the spans of what was decided."""
        if not self._decided:
            return sent
        refused = {
            self._offset_of(one): header(one.headers, "reason") for one in sent if self._is_letter(one)
        }
        for offset, decided in self._decided.items():
            record(self._span_of(decided, refused.get(offset, "")))
        return [self._within(one) for one in sent]

    def follow(self, sent: Sent, delivered: "asyncio.Future[Any]") -> None:
        """Records the span of an output when the broker has it."""
        decided = self._decided.get(self._offset_of(sent)) if context_of(sent.headers) else None
        if decided is not None:
            delivered.add_done_callback(partial(_record_sent, sent, decided.context, time.time_ns()))

    def _within(self, sent: Sent) -> Sent:
        decided = self._decided.get(self._offset_of(sent))
        if decided is None:
            return sent
        context = derived(decided.context, header(sent.headers, "id"))
        return sent._replace(headers=within(sent.headers, context))

    def _is_letter(self, sent: Sent) -> bool:
        return sent.topic == self._source.dlq

    def _offset_of(self, sent: Sent) -> int:
        """Of the record that it answers; a letter's id is that record's position."""
        if self._is_letter(sent):
            return int(header(sent.headers, "id").split(":")[2])
        return Cause.parse(header(sent.headers, "cause")).offset

    def _span_of(self, decided: _Decided, error: str) -> Span:
        one = decided.record
        attributes = of_record("process", self._source.name, self._number, list(one.headers), one.key or b"")
        attributes["messaging.consumer.group.name"] = self._app
        attributes["messaging.kafka.offset"] = one.offset
        return Span(
            f"process {self._source.name}",
            Kind.CONSUMER,
            decided.context,
            decided.parent,
            decided.began_ns,
            decided.ended_ns,
            attributes,
            error=error,
        )


def _record_sent(sent: Sent, parent: str, began_ns: int, _: "asyncio.Future[Any]") -> None:
    attributes = of_record("send", sent.topic, sent.partition, sent.headers, sent.key)
    context = context_of(sent.headers)
    record(Span(f"send {sent.topic}", Kind.PRODUCER, context, parent, began_ns, time.time_ns(), attributes))
