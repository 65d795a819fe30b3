"""What a page shows. Series have one value a second of the run, None where nothing was measured."""

from dataclasses import dataclass, field
from typing import NamedTuple

Series = list[float | None]


class Mark(NamedTuple):
    """A stretch of the timeline: a stage, the load above its baseline, or the way back."""

    kind: str
    """stage, spike or recovery."""
    name: str
    begin: float
    end: float


class Target(NamedTuple):
    """A figure beside what was wanted of it. `margin` is the share of the target that is left, negative
    where it was missed."""

    name: str
    value: float
    target: float
    unit: str
    met: bool
    margin: float | None


class Endpoint(NamedTuple):
    """Requests by endpoint; milliseconds of response_time. `met` is None where nothing was wanted."""

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


class Resource(NamedTuple):
    """A process in a stage: cores on average, and bytes at the most."""

    process: str
    stage: str
    cores: float
    pss: int


@dataclass(frozen=True)
class Report:
    """One run. `charts` are series by chart (load, users, latency, failures, lag, cpu, memory) and name.

    `facts` and `recovery` are pairs of a label (a key of texts.yaml where it is known) and a value;
    `trends` are processes with bytes an hour: slope, lower and upper end. `database` is HTML of the
    database's own report, or nothing.
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
    endpoints: list[Endpoint] = field(default_factory=list)
    recovery: list[tuple[str, str]] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    trends: list[tuple[str, float, float, float]] = field(default_factory=list)
    database: str = ""
