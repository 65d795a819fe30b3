"""What a page shows. Series have one value a second of the run, None where nothing was measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from loadgen.report.database import DatabaseKept

Series = list[float | None]


class Mark(NamedTuple):
    """A stretch of the timeline: a stage, the load above its baseline, or the way back."""

    kind: str
    """stage, spike or recovery."""
    name: str
    begin: float
    end: float


class Target(NamedTuple):
    """A figure beside what was wanted of it, both with their units. `margin` is the share of the target that
    is left, negative where it was missed; `met` is None where it was not measured, and `why` says why not."""

    name: str
    measured: str
    wanted: str
    met: bool | None
    margin: float | None
    endpoint: str = ""
    why: str = ""


class Endpoint(NamedTuple):
    """Requests by endpoint; milliseconds of response_time, of all that were not shed. `met` is None where
    nothing was wanted; `goals` are the targets of `mean` and `p95`."""

    name: str
    requests: int
    ok: int
    errors: int
    shed: int
    per_s: float
    mean: float
    p50: float
    p95: float
    p99: float
    most: float
    met: bool | None
    goals: Mapping[str, Target] = {}


class Resources(NamedTuple):
    """Processes by stage: for each row's process and each stage the cores on average and the bytes at the
    most, None where it was not seen."""

    stages: list[str]
    rows: list[tuple[str, list[tuple[float, float] | None]]]


class Growing(NamedTuple):
    """What a process held, in MB: at the most, its slope an hour with the interval's ends, and what the line
    and the two ends make of it twelve hours into such a run. `drawn` by the grid of the picture."""

    name: str
    ours: bool
    most: float
    per_h: float
    low: float
    high: float
    later: tuple[float, float, float]
    drawn: Series


class Memory(NamedTuple):
    """The picture: `at` are the grid's hours, `warm_up_h` of which count for nothing, and `until_h` is where
    the lines lead. `changed` are sentences on processes that were started anew; `at` is empty where the run
    was too short for a line."""

    at: list[float]
    warm_up_h: float
    until_h: float
    rows: list[Growing]
    changed: list[str]


@dataclass(frozen=True)
class Report:
    """One run. `charts` are series by chart (load, users, latency, failures, lag, cpu, memory) and name.

    `facts` and `recovery` are pairs of a label (a key of texts.yaml where it is known) and a value;
    `targets` are those of every run, `thresholds` the profile's own. `memory` and `database` are None where
    nobody watched.
    """

    run: str
    profile: str
    verdict: str
    valid: bool
    reasons: list[str]
    facts: list[tuple[str, str]]
    seconds: int
    charts: dict[str, dict[str, Series]]
    marks: list[Mark] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    thresholds: list[Target] = field(default_factory=list)
    endpoints: list[Endpoint] = field(default_factory=list)
    recovery: list[tuple[str, str]] = field(default_factory=list)
    resources: Resources | None = None
    memory: Memory | None = None
    database: DatabaseKept | None = None
