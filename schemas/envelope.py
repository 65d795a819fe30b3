"""What every record carries in its Kafka headers, and the cause that names a decided output."""

from collections.abc import Iterable
from typing import NamedTuple

SCHEMA_VERSION = b"1"
_MOST = 2**63  # offsets and times are signed 64-bit numbers in Kafka
Headers = list[tuple[str, bytes]]


class Cause(NamedTuple):
    """Where an output came from; ordered, within one source partition, as the outputs were decided.

    `due_ms` is 0 but for ticks, which visit entities by (due time, entity); `nth` counts an entity's
    outputs for one record.
    """

    topic: str
    partition: int
    offset: int
    due_ms: int
    entity: str
    nth: int

    @property
    def source(self) -> str:
        """The partition that decided: causes are comparable within one source only."""
        return f"{self.topic}:{self.partition}"

    @property
    def rank(self) -> tuple[int, int, str, int]:
        """The place in the order of the source's outputs."""
        return self.offset, self.due_ms, self.entity, self.nth

    def __str__(self) -> str:
        return ":".join(map(str, self))

    @classmethod
    def parse(cls, text: str) -> "Cause":
        """The inverse of `str`; raises ValueError. An entity may contain colons."""
        topic, partition, offset, due_ms, rest = text.split(":", 4)
        entity, _, nth = rest.rpartition(":")
        numbers = [int(number) for number in (partition, offset, due_ms, nth)]
        if not all(0 <= number < _MOST for number in numbers):
            raise ValueError(f"{text!r}: a number is out of range")
        return cls(topic, numbers[0], numbers[1], numbers[2], entity, numbers[3])


def headers(identity: str, type_: str, cause: str = "", traceparent: str = "") -> Headers:
    """The headers of a record; `cause` and `traceparent` are left out where empty."""
    made = [("id", identity.encode()), ("type", type_.encode()), ("schema_version", SCHEMA_VERSION)]
    if cause:
        made.append(("cause", cause.encode()))
    if traceparent:
        made.append(("traceparent", traceparent.encode()))
    return made


def header(found: Iterable[tuple[str, bytes]], name: str) -> str:
    """The value of the header `name`, or an empty string."""
    for key, value in found:
        if key == name:
            return value.decode(errors="replace")
    return ""
