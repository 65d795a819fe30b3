"""What the harness asks of a business: pure decisions about entities of one kind."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Generic, NamedTuple, Protocol, TypeVar

import msgspec

from schemas.topics import Topic

FOREVER_S = 1e9
S = TypeVar("S")
C = TypeVar("C")
S_contra = TypeVar("S_contra", contravariant=True)
C_contra = TypeVar("C_contra", contravariant=True)


class Moment(NamedTuple):
    """When a record is decided. Timers run on `at_ms`, the partition's clock, which never goes back;
    reports and business hours use `appended_ms`, the broker's time of the record. Unix milliseconds."""

    at_ms: int
    appended_ms: int

    def after(self, seconds: float) -> int:
        """That long after now; a time that no snapshot could hold is cut to one that never comes."""
        if not 0.0 <= seconds <= FOREVER_S:
            seconds = min(max(seconds, 0.0), FOREVER_S)
        return self.at_ms + int(seconds * 1000)


class Output(msgspec.Struct, frozen=True, gc=False):
    """A record that a decision sends; the harness gives it its id, cause and headers."""

    topic: Topic
    partition: int
    key: str
    record: msgspec.Struct


class Life(Enum):
    """Whether an entity is: only the living are kept, and the gone leave a mark for a while."""

    ABSENT = 0
    LIVE = 1
    GONE = 2


class Rules(Protocol[S_contra, C_contra]):
    """One version of the decisions. Nothing here reads a clock, a random source or the order of a set."""

    def step(self, state: S_contra, command: C_contra, at: Moment) -> Sequence[Output]:
        """Decides `command`, changing `state` in place; validates before it changes anything."""

    def due_ms(self, state: S_contra) -> int | None:
        """When, on the partition's clock, the entity next needs a tick."""

    def life(self, state: S_contra) -> Life:
        """Whether the entity is to be kept."""


class Decider(Protocol, Generic[S, C]):
    """A business: its commands, the states of its entities, and its rules by version.

    A release carries the version before its newest one too, so that workers can be replaced one by one.
    """

    app: str
    source: Topic
    rules: Mapping[int, Rules[S, C]]

    def decode(self, value: bytes) -> C:
        """The command in a record; raises msgspec.MsgspecError for what is none."""

    def new(self, entity: str, partition: int, life: Life) -> S:
        """The state of an entity that is ABSENT or GONE."""

    def pack(self, state: S) -> bytes:
        """A snapshot of a living entity; `unpack` gives the equal state back."""

    def unpack(self, data: bytes) -> S:
        """The inverse of `pack`."""
