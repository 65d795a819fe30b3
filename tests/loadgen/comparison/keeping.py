"""Kept runs with given figures, for tests: as a run leaves them, as far as comparisons read them."""

import json
from pathlib import Path

import msgspec

from loadgen.profiles.model import Mode, Profile, Stage
from loadgen.results.files import write_json
from loadgen.results.meta import Git, Machine, Meta
from loadgen.results.runs import META, STATE, SUMMARY, VERDICT
from loadgen.results.state import State, Status
from loadgen.results.verdict import Gate, verdict


def keep(
    runs: Path,
    number: int,
    p95: float,
    *,
    commit: str = "aaaa",
    rate: float = 10.0,
    cpus: int = 2,
    status: Status = Status.COMPLETE,
    valid: bool = True,
) -> str:
    """The run's id; it began in that minute."""
    name = f"20261123T10{number:02}00-{number:06x}"
    directory = runs / name
    directory.mkdir(parents=True)
    profile = Profile("mixed", Mode.RATE, (Stage(60.0, rate),), ())
    machine = Machine(cpus=cpus, cpu_model="", memory_mb=8192, kernel="", python="", load=(0, 0, 0))
    meta = Meta(
        run=name, began_at=f"2026-11-23T10:{number:02}:00+00:00", profile=profile, source="", stages=("1",),
        target="", seed=1, processes=1, git=Git(commit), machine=machine,
    )  # fmt: skip
    state = State(status=status, reason="" if status is Status.COMPLETE else "Ctrl-C")
    gates = [Gate(name="cpu", value=0.9, limit=0.8, ok=valid)]
    summary = {"metrics": {name: {"values": values} for name, values in _metrics(p95).items()}}
    for file, value in ((META, meta), (STATE, state), (VERDICT, verdict(state, gates, []))):
        write_json(directory / file, msgspec.to_builtins(value))
    (directory / SUMMARY).write_text(json.dumps(summary))
    return name


def _metrics(p95: float) -> dict[str, dict[str, float]]:
    trend = {"avg": p95 / 3, "med": p95 / 4, "p(95)": p95, "p(99)": p95 * 2}
    rate = {"rate": 0.0}
    return {
        "response_time": trend,
        "response_time{name:start}": trend,
        "http_reqs": {"count": 600},
        "tps": {"rate": 10.0},
        "errors": rate,
        "shed": rate,
    }
