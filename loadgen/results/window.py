"""One second of a run: what of it each stage, endpoint and class of outcome had."""

from dataclasses import dataclass, field
from typing import NamedTuple

from loadgen.engine import Latencies


class Cell(NamedTuple):
    """Where a request is counted. `kind` is ok, wrong (a good status with a wrong body), shed, conflict,
    client_error, server_error or a Failure of the engine's."""

    stage: int
    endpoint: str
    kind: str


@dataclass
class Tally:
    """Both latencies of a cell: `sent` from the actual send (http_req_duration), `intended` from when the
    request should have been sent (response_time). A request that got no answer counts with its time until
    then."""

    sent: Latencies = field(default_factory=Latencies)
    intended: Latencies = field(default_factory=Latencies)
    bytes_in: int = 0
    bytes_out: int = 0

    @property
    def count(self) -> int:
        """How many requests."""
        return self.sent.count

    def merge(self, other: "Tally") -> None:
        """Adds all of `other`."""
        self.sent.merge(other.sent)
        self.intended.merge(other.intended)
        self.bytes_in += other.bytes_in
        self.bytes_out += other.bytes_out


@dataclass
class Window:
    """All that ended in one second, or began in it where it says so.

    `second` counts from the run's beginning. `intended` and `begun` are the iterations (arrivals) that should
    have begun and that did; `dropped` those that never will. `lateness` is that of beginnings, in an
    open mode. `vus` are the users or contacts that live at its end; `loop_lag` how late the
    loop's ticks were; `cpu_s` the processor time of all generating processes within it.
    """

    second: int
    stage: int
    cells: dict[Cell, Tally] = field(default_factory=dict)
    intended: int = 0
    begun: int = 0
    dropped: int = 0
    vus: int = 0
    iterations: int = 0
    """Ended ones."""
    counts: dict[str, int] = field(default_factory=dict)
    """Others by name: contacts.assigned, contacts.abandoned, agents.accept, retries, …"""
    lateness: Latencies = field(default_factory=Latencies)
    loop_lag: Latencies = field(default_factory=Latencies)
    cpu_s: float = 0.0
    processes: int = 1

    def cell(self, stage: int, endpoint: str, kind: str) -> Tally:
        """The cell's tally, made where it is new."""
        return self.cells.setdefault(Cell(stage, endpoint, kind), Tally())

    def merge(self, other: "Window") -> None:
        """Adds another generator's window of the same second."""
        for cell, tally in other.cells.items():
            self.cells.setdefault(cell, Tally()).merge(tally)
        for name, count in other.counts.items():
            self.counts[name] = self.counts.get(name, 0) + count
        self.intended += other.intended
        self.begun += other.begun
        self.dropped += other.dropped
        self.vus += other.vus
        self.iterations += other.iterations
        self.lateness.merge(other.lateness)
        self.loop_lag.merge(other.loop_lag)
        self.cpu_s += other.cpu_s
        self.processes += other.processes
