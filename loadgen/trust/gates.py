"""Whether a run's figures may be believed: did the generator do what it was told, when it was told? Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from loadgen.engine import Latencies
from loadgen.results.window import Window

BLOCK_S = 10
UNSENT = 0.001
DROPPED = 0.001
LATENESS_P50_MS = 0.5
LATENESS_P99_MS = 5.0
CPU = 0.8
LOOP_LAG_P99_MS = 10.0


class Verdict(NamedTuple):
    """One gate: its figure, the limit, and whether it holds."""

    name: str
    value: float
    limit: float
    ok: bool

    def __str__(self) -> str:
        return f"{self.name} {self.value:.4g} (limit {self.limit:g})"


@dataclass
class _Block:
    """Up to 10 s; a block with the run's rest, some more."""

    seconds: int = 0
    intended: int = 0
    begun: int = 0
    cpu_s: float = 0.0
    processes: int = 1

    def take(self, window: Window) -> None:
        self.seconds += 1
        self.intended += window.intended
        self.begun += window.begun
        self.cpu_s += window.cpu_s
        self.processes = max(self.processes, window.processes)

    def with_rest(self, rest: "_Block") -> "_Block":
        return _Block(
            self.seconds + rest.seconds,
            self.intended + rest.intended,
            self.begun + rest.begun,
            self.cpu_s + rest.cpu_s,
            max(self.processes, rest.processes),
        )

    @property
    def unsent(self) -> float:
        missing = max(abs(self.intended - self.begun) - self.processes, 0)
        return missing / self.intended if self.intended else float(missing)

    def cpu(self, cores: int) -> float:
        return self.cpu_s / (self.seconds * min(self.processes, cores)) if self.seconds else 0.0


class Gates:
    """Takes a run's windows, in order, and keeps nothing of them but sums.

    unsent: the worst difference of begun and intended arrivals in 10 s, as a part of the latter; one
    arrival a process may fall on the other side of a block's edge. cpu: the worst 10 s, as a part of the
    cores that the generating processes use (one each, at the most `cores`). A shorter rest of a run counts
    with the block before it.
    """

    def __init__(self, cores: int) -> None:
        self._cores = cores
        self._intended = self._dropped = 0
        self._lateness, self._loop_lag = Latencies(), Latencies()
        self._unsent = self._cpu = 0.0
        self._block, self._before = _Block(), _Block()

    def take(self, window: Window) -> None:
        """The next second."""
        self._intended += window.intended
        self._dropped += window.dropped
        self._lateness.merge(window.lateness)
        self._loop_lag.merge(window.loop_lag)
        if self._block.seconds == BLOCK_S:
            self._count(self._block)
            self._before, self._block = self._block, _Block()
        self._block.take(window)

    def verdicts(self) -> tuple[Verdict, ...]:
        """As things stand; with no arrivals those gates hold that are about arrivals."""
        rest = self._block
        if rest.seconds < BLOCK_S and self._before.seconds:
            rest = self._before.with_rest(rest)
        unsent = max(self._unsent, rest.unsent)
        cpu = max(self._cpu, rest.cpu(self._cores))
        p50_ms, p99_ms = self._lateness.percentiles_ms(50, 99)
        dropped = self._dropped / self._intended if self._intended else 0.0
        lag_ms = self._loop_lag.percentile_ms(99)
        return (
            Verdict("unsent", unsent, UNSENT, unsent <= UNSENT),
            Verdict("dropped", dropped, DROPPED, dropped < DROPPED),
            Verdict("lateness_p50_ms", p50_ms, LATENESS_P50_MS, p50_ms <= LATENESS_P50_MS),
            Verdict("lateness_p99_ms", p99_ms, LATENESS_P99_MS, p99_ms <= LATENESS_P99_MS),
            Verdict("cpu", cpu, CPU, cpu < CPU),
            Verdict("loop_lag_p99_ms", lag_ms, LOOP_LAG_P99_MS, lag_ms < LOOP_LAG_P99_MS),
        )

    def _count(self, block: _Block) -> None:
        self._unsent = max(self._unsent, block.unsent)
        self._cpu = max(self._cpu, block.cpu(self._cores))


def judge(windows: Iterable[Window], cores: int) -> tuple[Verdict, ...]:
    """The verdicts on a whole run."""
    gates = Gates(cores)
    for window in windows:
        gates.take(window)
    return gates.verdicts()


def valid(verdicts: Iterable[Verdict]) -> bool:
    """Whether all gates hold."""
    return all(verdict.ok for verdict in verdicts)


def headline(verdicts: Iterable[Verdict]) -> str:
    """What a report begins with."""
    broken = [str(verdict) for verdict in verdicts if not verdict.ok]
    if not broken:
        return "valid: the generator did what it was told, in time"
    return f"INVALID: {', '.join(broken)}. The figures tell of the generator, not of the target."
