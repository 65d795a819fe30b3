"""Latencies and outcomes of calls, by the call's name."""

from collections import Counter
from typing import NamedTuple

from loadgen.engine import Answer, Latencies

SHED = "shed"
CONFLICT = "conflict"
OK = "ok"


class Line(NamedTuple):
    """One call's figures; milliseconds from the intended send, the client's own queue included.

    A conflict is no error: the other side may end a conversation while one still writes.
    """

    name: str
    calls: int
    ok: int
    shed: int
    conflicts: int
    errors: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


class Calls:
    """Counts each call by name and by Answer.kind; latencies of those answered 200 to 299."""

    def __init__(self) -> None:
        self.kinds: dict[str, Counter[str]] = {}
        self._latencies: dict[str, Latencies] = {}
        self._unfolded = 0

    def record(self, name: str, answer: Answer) -> Answer:
        """Takes one answer into account and gives it back."""
        self.kinds.setdefault(name, Counter())[answer.kind] += 1
        if answer.ok:
            self._latencies.setdefault(name, Latencies()).add(answer.latency_s + answer.waited_s)
            self._unfolded += 1
            if self._unfolded >= 5_000:
                self._fold()
        return answer

    @property
    def errors(self) -> int:
        """Calls that failed, shed ones and conflicts apart."""
        return sum(line.errors for line in self.lines())

    def total(self, kind: str = "") -> int:
        """How many calls of `kind`, empty: all."""
        return sum(kinds[kind] if kind else kinds.total() for kinds in self.kinds.values())

    def lines(self) -> list[Line]:
        """The figures, in the order in which the names came up."""
        return [self._line(name, kinds) for name, kinds in self.kinds.items()]

    def _line(self, name: str, kinds: Counter[str]) -> Line:
        latencies = self._latencies.get(name) or Latencies()
        p50, p95, p99 = (latencies.percentile_ms(percentile) for percentile in (50, 95, 99))
        ok, shed, conflicts = kinds[OK], kinds[SHED], kinds[CONFLICT]
        errors = kinds.total() - ok - shed - conflicts
        return Line(name, kinds.total(), ok, shed, conflicts, errors, p50, p95, p99)

    def _fold(self) -> None:
        self._unfolded = 0
        for latencies in self._latencies.values():
            latencies.fold()
