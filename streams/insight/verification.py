"""Whether topics hold what a replay decides: every output once, but for equal copies, and nothing else."""

from collections.abc import Collection, Iterable, Sequence
from hashlib import blake2b
from typing import Protocol

from schemas.envelope import header
from streams.harness.sent import Sent
from streams.insight.findings import Report


class Written(Protocol):
    """A record of a topic."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


class Verification:
    """Compares by id. Of an output only a digest is kept: a day has many of them."""

    def __init__(self, report: Report, source: str) -> None:
        self._report, self._source = report, source
        self._expected: dict[str, bytes] = {}
        self._places: dict[tuple[str, int], list[str]] = {}
        self._seen: set[str] = set()
        self._decided: dict[int, range] = {}

    def expect(self, outputs: Iterable[Sent]) -> None:
        """What a replay decided, in order."""
        for sent in outputs:
            identity = header(sent.headers, "id")
            self._expected[identity] = _digest(sent)
            self._places.setdefault((sent.topic, sent.partition), []).append(identity)

    def decided(self, number: int, offsets: range) -> None:
        """Of this partition only these commands were replayed, of those that are never named here none: what
        others gave is not compared. All are compared where nothing is said."""
        self._decided[number] = offsets

    def concerns(self, record: Written) -> bool:
        """Whether a command gave it that was replayed."""
        return header(record.headers, "id").startswith(self._source + ":") and not self._is_other(record)

    def find(self, record: Written) -> None:
        """What a topic holds; what others wrote to it is passed over."""
        if not self.concerns(record):
            return
        identity = header(record.headers, "id")
        self._report.counts["doubled (equal)"] += identity in self._seen
        self._seen.add(identity)
        if identity not in self._expected:
            self._report.blame("unexpected", f"{identity} in {record.topic}: {record.value!r:.200}")
        elif self._expected[identity] != _digest(record):
            self._report.blame("contradictory", f"{identity} in {record.topic}: {record.value!r:.200}")

    def finish(self, cut: Collection[tuple[str, int]] = ()) -> None:
        """What is missing; of partitions that are `cut`, whose beginning is deleted, only after the first
        output that is there."""
        self._report.counts["outputs"] += len(self._expected)
        for place, identities in self._places.items():
            begin = 0
            if place in cut:
                found = (at for at, identity in enumerate(identities) if identity in self._seen)
                begin = next(found, len(identities))
            for identity in identities[begin:]:
                if identity not in self._seen:
                    self._report.blame("missing", f"{identity} in {place[0]}")

    def _is_other(self, record: Written) -> bool:
        """Whether a command gave it that was not replayed."""
        # A dead letter's cause is the place of its command alone.
        match header(record.headers, "cause").split(":"):
            case [_, number, offset, *_] if number.isdecimal() and offset.isdecimal():
                return bool(self._decided) and int(offset) not in self._decided.get(int(number), range(0))
        return False


def _digest(record: Written | Sent) -> bytes:
    """Of what must be equal in every copy: where it stands, its key and its value."""
    content = (record.topic, record.partition, record.key, record.value)
    return blake2b(repr(content).encode(), digest_size=16).digest()
