"""A kept run's figures by metric, and what of each is better. `figures` reads; all else is pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from loadgen.recovery.kept import LAG
from loadgen.recovery.kept import read as read_recovery
from loadgen.results.runs import SUMMARY
from loadgen.watch import decode_seen

ERRORS, SHED, TPS, CPU, RECOVERY = "errors", "shed", "tps", "cpu_s_per_request", "recovery_s"
_TREND = "response_time"
P95 = f"{_TREND} p(95)"
HEADLINES = (P95, ERRORS, SHED, TPS, CPU, RECOVERY)
"""What a comparison is mostly about; the others stand beside them."""
_STATISTICS = {"avg": "mean", "med": "p(50)", "p(95)": "p(95)", "p(99)": "p(99)"}
_LEAST_RATIO = 0.001
_RECOVERED = frozenset({"recovered", "not_within_limit", "metastable"})


@dataclass(frozen=True)
class Metric:
    """Below `floor` nothing counts; figures are known to `step` only."""

    name: str
    unit: str
    higher_is_better: bool = False
    floor: float = 1e-6
    step: float = 0.0

    @property
    def headline(self) -> bool:
        """Whether it is one of HEADLINES."""
        return self.name in HEADLINES


def metric(name: str) -> Metric:
    """What is known of the metric of that name."""
    match name:
        case "errors" | "shed":
            return Metric(name, "of all", floor=_LEAST_RATIO)
        case "tps":
            return Metric(name, "1/s", higher_is_better=True)
        case "cpu_s_per_request":
            return Metric(name, "s")
        case "recovery_s":
            return Metric(name, "s", floor=1.0, step=1.0)
    return Metric(name, "ms", floor=0.1)


def figures(directory: Path) -> dict[str, float]:
    """Of a whole run. A figure that it has not is left out. Raises OSError and ValueError where summary.json
    can't be read."""
    summary = json.loads((directory / SUMMARY).read_text())
    found = of_summary({name: one["values"] for name, one in summary["metrics"].items()})
    requests = float(summary["metrics"]["http_reqs"]["values"]["count"])
    if requests and (cpu_s := _cpu_s(directory)):
        found[CPU] = cpu_s / requests
    if (recovery_s := _recovery_s(directory)) is not None:
        found[RECOVERY] = recovery_s
    return found


def of_summary(values: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """The figures in a summary's metrics: of all requests, and the percentiles of each endpoint."""
    found = {}
    for name in (_TREND, *(one for one in values if one.startswith(f"{_TREND}{{name:"))):
        for statistic, said in _STATISTICS.items():
            if statistic in values.get(name, {}) and not (statistic == "avg" and name != _TREND):
                found[f"{name} {said}"] = float(values[name][statistic])
    for name in (ERRORS, SHED, TPS):
        if "rate" in values.get(name, {}):
            found[name] = float(values[name]["rate"])
    return found


def _cpu_s(directory: Path) -> float:
    """Of all of the platform's processes while the run was watched; 0 where it was not."""
    first: dict[int, float] = {}
    last: dict[int, float] = {}
    try:
        lines = (directory / LAG).read_bytes().splitlines(keepends=True)
    except OSError:
        return 0.0
    for line in lines:
        for process in decode_seen(line).processes if line.endswith(b"\n") else ():
            first.setdefault(process.pid, process.cpu_s)
            last[process.pid] = process.cpu_s
    return sum(last[pid] - first[pid] for pid in first)


def _recovery_s(directory: Path) -> float | None:
    """The median of the run's spikes; what never recovered counts for as long as it was watched, which is
    less than the truth."""
    known = read_recovery(directory)
    spikes = [one for one in known.spikes if one.outcome in _RECOVERED] if known else []
    times = [one.watched_s if one.recovery_s is None else one.recovery_s for one in spikes]
    return float(np.median(times)) if times else None
