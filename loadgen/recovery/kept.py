"""recovery.json: what a run's signals said, in plain values."""

import math
from collections.abc import Sequence
from pathlib import Path

import msgspec

from loadgen.recovery.measure import Analysis, Recovery
from loadgen.results.files import write_json

RECOVERY, LAG = "recovery.json", "lag.jsonl"


class SignalKept(msgspec.Struct, frozen=True, kw_only=True):
    """A Recovery; null for what never was."""

    name: str
    median: float | None
    limit: float
    degraded_at: int | None
    recovered_at: int | None
    recovery_s: float | None
    degrade_s: float | None
    degraded_s: float
    peak: float | None
    area: float
    drain_per_s: float | None


class SpikeKept(msgspec.Struct, frozen=True, kw_only=True):
    """An Analysis of one spike."""

    outcome: str
    reason: str
    rate: float | None
    baseline: tuple[int, int]
    t0: int | None
    t1: int | None
    peak: float | None
    recovery_s: float | None
    watched_s: int
    predicted_s: float | None
    signals: list[SignalKept]


class RecoveryKept(msgspec.Struct, frozen=True, kw_only=True):
    """The file. `began_ms` is when the run's second 0 began, Unix time; `factor` is by what the rules were
    compressed."""

    began_ms: int
    factor: float
    spikes: list[SpikeKept]


def kept(began_ms: int, factor: float, found: Sequence[Analysis]) -> RecoveryKept:
    """What is written."""
    return RecoveryKept(began_ms=began_ms, factor=factor, spikes=[_spike(one) for one in found])


def write(directory: Path, what: RecoveryKept) -> None:
    """Raises OSError."""
    write_json(directory / RECOVERY, msgspec.to_builtins(what))


def read(directory: Path) -> RecoveryKept | None:
    """None where the run was not watched."""
    try:
        return msgspec.json.decode((directory / RECOVERY).read_bytes(), type=RecoveryKept)
    except (OSError, msgspec.MsgspecError):
        return None


def _spike(found: Analysis) -> SpikeKept:
    episode = found.episode
    return SpikeKept(
        outcome=found.outcome.value,
        reason=found.reason,
        rate=_plain(found.baseline.rate),
        baseline=(found.baseline.begin, found.baseline.end),
        t0=episode.t0 if episode else None,
        t1=episode.t1 if episode else None,
        peak=episode.peak if episode else None,
        recovery_s=found.recovery_s,
        watched_s=found.watched_s,
        predicted_s=found.predicted_s,
        signals=[_signal(one) for one in found.signals.values()],
    )


def _signal(one: Recovery) -> SignalKept:
    return SignalKept(
        name=one.name,
        median=_plain(one.band.median),
        limit=one.band.limit,
        degraded_at=one.degraded_at,
        recovered_at=one.recovered_at,
        recovery_s=one.recovery_s,
        degrade_s=one.degrade_s,
        degraded_s=one.degraded_s,
        peak=_plain(one.peak),
        area=one.area,
        drain_per_s=_plain(one.drain_per_s),
    )


def _plain(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value
