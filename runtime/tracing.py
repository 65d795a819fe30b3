"""Traces as W3C Trace Context tells them: who belongs to one, and under which id; and where spans go.

Nothing of OpenTelemetry is imported here: with tracing off, its cost is to ask `is_on`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from enum import Enum
from hashlib import blake2b
from random import SystemRandom
from typing import NamedTuple

from schemas.envelope import Headers, header

NAME = "traceparent"
_VALID = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_BYTES = 55
_SAMPLED = 1
_chance = SystemRandom()

current: ContextVar[str | None] = ContextVar("current", default=None)
"""What is done now belongs to this context; empty where it is not sampled, None where nobody has asked."""


class Kind(Enum):
    """As OpenTelemetry's."""

    SERVER = "server"
    CLIENT = "client"
    PRODUCER = "producer"
    CONSUMER = "consumer"
    INTERNAL = "internal"


class Span(NamedTuple):
    """An operation that is over. `context`, `parent` and `links` are traceparents; times in ns since 1970; an
    `error` is a word for what went wrong."""

    name: str
    kind: Kind
    context: str
    parent: str
    began_ns: int
    ended_ns: int
    attributes: Mapping[str, str | int]
    links: Sequence[str] = ()
    error: str = ""


Take = Callable[[Span], None]
_take: Take | None = None
_ratio = 0.0


def switch(take: Take | None, ratio: float) -> None:
    """From here on spans go to `take` (None: off), of new traces the part `ratio`."""
    global _take, _ratio
    _take, _ratio = take, ratio


def is_on() -> bool:
    """Whether spans go anywhere."""
    return _take is not None


def record(span: Span) -> None:
    """Hands it on; never fails and never waits."""
    if _take is not None:
        _take(span)


def is_sampled(context: str) -> bool:
    """Whether it is a context, and of a trace that is kept."""
    return bool(_VALID.fullmatch(context)) and bool(int(context[-2:], 16) & _SAMPLED)


def at_edge(found: str) -> str:
    """The context of what enters the platform: in the trace of `found`, where that is one, else in
    a new one; empty where it is not kept."""
    if _VALID.fullmatch(found):
        return child(found) if is_sampled(found) else ""
    trace = _chance.getrandbits(128) or 1
    # As TraceIdRatioBased: others who see the trace decide alike.
    if trace & (2**64 - 1) >= round(_ratio * 2**64):
        return ""
    return f"00-{trace:032x}-{_span_id()}-01"


def child(parent: str) -> str:
    """A new context in the trace of `parent`."""
    return f"{parent[:36]}{_span_id()}{parent[52:]}"


def derived(parent: str, seed: str) -> str:
    """A context in the trace of `parent`, the same whenever it is asked for: a record decided or stored again
    has its span again, and what is sent again is equal to the last byte."""
    digest = blake2b(f"{parent}/{seed}".encode(), digest_size=8).hexdigest()
    return f"{parent[:36]}{digest}{parent[52:]}"


def context_of(headers: Iterable[tuple[str, bytes]]) -> str:
    """The context that a record was sent in; empty where its trace is not kept."""
    found = header(headers, NAME)
    return found if len(found) == _BYTES and is_sampled(found) else ""


def within(headers: Headers, context: str) -> Headers:
    """The headers, in this context instead."""
    return [*(pair for pair in headers if pair[0] != NAME), (NAME, context.encode())]


def of_record(
    operation: str, topic: str, partition: int, headers: Headers, key: bytes
) -> dict[str, str | int]:
    """The attributes of a record's span, named as in OpenTelemetry's conventions for messaging."""
    named: dict[str, str | int] = {
        "messaging.system": "kafka",
        "messaging.operation.name": operation,
        "messaging.operation.type": "send" if operation == "send" else "process",
        "messaging.destination.name": topic,
        "messaging.destination.partition.id": str(partition),
        "messaging.message.id": header(headers, "id"),
        "messaging.kafka.message.key": key.decode(errors="replace"),
        "aicc.record.type": header(headers, "type"),
    }
    if cause := header(headers, "cause"):
        named["aicc.record.cause"] = cause
    return named


def _span_id() -> str:
    return f"{_chance.getrandbits(64) or 1:016x}"
