"""Records on their way out: outputs with their cause, and dead letters."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from schemas.codec import encode, type_of
from schemas.envelope import Headers, headers
from schemas.topics import MAX_RECORD_BYTES, Topic
from streams.harness.decider import Output

MOST_ERROR_BYTES = 2_000
MOST_KEPT_KEY = 256
MOST_KEPT_VALUE = 900_000


class Record(Protocol):
    """A record as aiokafka hands it out."""

    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


class Sent(NamedTuple):
    """A record to send, encoded."""

    topic: str
    partition: int
    key: bytes
    value: bytes | None
    headers: Headers


class TooLarge(ValueError):
    """An output would not fit into a record."""


def made(output: Output, cause: str, traceparent: str = "") -> Sent:
    """The output under the id that its cause gives it, in the trace of its command. Raises TooLarge."""
    value = encode(output.record)
    kind = type_of(output.record)
    if len(value) > MAX_RECORD_BYTES:
        raise TooLarge(f"{kind} of {len(value)} bytes; the limit is {MAX_RECORD_BYTES}")
    told = headers(cause, kind, cause, traceparent)
    return Sent(output.topic.name, output.partition, output.key.encode(), value, told)


def dead_letter(source: Topic, position: str, record: Record, reason: str, error: Exception) -> Sent:
    """The record as it came, with why it is refused, under its position; cut where it is so long, or was
    so well compressed, that its dead letter might not fit."""
    told = headers(position, "dead.letter", position)
    why = f"{type(error).__name__}: {error}".encode()[:MOST_ERROR_BYTES]
    told += [("reason", reason.encode()), ("error", why)]
    key, value = record.key or b"", record.value or b""
    if len(key) > MOST_KEPT_KEY or len(value) > MOST_KEPT_VALUE:
        told.append(("truncated", b"%d %d" % (len(key), len(value))))
    return Sent(source.dlq, 0, key[:MOST_KEPT_KEY], value[:MOST_KEPT_VALUE], told)
