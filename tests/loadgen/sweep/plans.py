"""Plans and runs for tests."""

import json
from collections.abc import Callable
from pathlib import Path

from loadgen.results import meta
from loadgen.sweep import kept as files
from loadgen.sweep.kept import Kept, Record
from loadgen.sweep.order import Job, order
from loadgen.sweep.plan import Plan
from loadgen.sweep.reading import read

PROFILE = """
mode: ramping-arrival-rate
start: 50
stages: 500ms:50
steps:
  - get: {path: /x, name: x}
"""
PLAN = """
name: small
profile: %s
target:
  url: http://127.0.0.1:${SMALL_PORT}
  start: [python, -m, tests.loadgen.sweep.small_target]
  ready: http://127.0.0.1:${SMALL_PORT}/ready
  scrape: http://127.0.0.1:${SMALL_PORT}/metrics
metrics:
  - p95
  - ok/s
  - errors
  - {prometheus: small_held_seconds, figure: mean, unit: ms, scale: 1000, judged: false}
settings:
  - {variable: SMALL_DELAY_MS, values: [5, 400]}
  - {variable: SMALL_OTHER, values: [1, 2]}
  - {name: rate, override: start, values: [50, 60]}
"""


def profile_in(directory: Path) -> Path:
    """A short load."""
    file = directory / "load.yaml"
    file.write_text(PROFILE)
    return file


def plan_in(directory: Path, text: str = PLAN) -> Path:
    """The file of the plan."""
    file = directory / "small.yaml"
    file.write_text(text % json.dumps(str(profile_in(directory))))
    return file


def planned(directory: Path) -> Plan:
    """The plan read."""
    return read(plan_in(directory).read_text(), "small", (), {"SMALL_PORT": "8000"})


def swept(plan: Plan, rounds: int, figures: Callable[[Job], dict[str, float | None]]) -> Kept:
    """A whole sweep whose runs measured what `figures` says."""
    kept = Kept(
        plan=plan.name,
        digest=files.digest(plan),
        seed=1,
        rounds=rounds,
        began_at="2026-11-23T10:00:00+00:00",
        load="a small one",
        target=plan.target.url,
        machine=meta.machine(),
        git=meta.Git(),
        source=plan.source,
    )
    for job in order(plan, rounds, 1):
        kept.records.append(
            Record(
                round=job.round,
                variant=job.variant.key,
                run="r",
                began_at="2026-11-23T10:01:00+00:00",
                seconds=1.0,
                counts=True,
                figures=figures(job),
            )
        )
    return kept
