"""One rate, offered long enough to see whether it is sustained."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from loadgen.capacity.processes import Processes, Used
from loadgen.capacity.search import Told
from loadgen.profiles.model import Mode, Profile, Stage
from loadgen.profiles.thresholds import Judged
from loadgen.results.kept import judged
from loadgen.results.totals import OK, SHED, Totals
from loadgen.results.verdict import Gate, gates_of
from loadgen.results.window import Window
from loadgen.run import Outcome, Plan, execute
from loadgen.trust.gates import Gates

_WARM, _HOLD = 0, 1
_MOST_REFUSED = 0.001


@dataclass(frozen=True)
class Asked:
    """How each probe is made: `warm_s` at the rate that don't count, then `hold_s` that do. It holds where
    every endpoint's p95 of response_time is at most `p95_ms`, at most one of 1,000 requests is other than
    right, and the profile's own thresholds are kept."""

    plan: Plan
    warm_s: float
    hold_s: float
    p95_ms: float
    cores: int


@dataclass
class Probe:
    """What came of it; all figures are the hold's."""

    rate: float
    told: Told
    tps: float
    p95_ms: float
    worst_endpoint: str
    shed: float
    wrong: float
    used: Used
    why: str
    gates: list[Gate] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)
    interrupted: bool = False


@dataclass
class _Hold:
    """The windows of the hold, summed up as they come."""

    asked: Asked
    processes: Processes
    shown: Callable[[Window], None]
    totals: Totals = field(default_factory=Totals)
    used: Used = field(default_factory=lambda: Used({}, {}, 0.0))
    generator_s: float = 0.0

    def __post_init__(self) -> None:
        self.gates = Gates(self.asked.cores)
        self._ends = self.asked.warm_s + self.asked.hold_s

    def hear(self, window: Window) -> None:
        self.shown(window)
        if window.second + 1 == round(self.asked.warm_s):
            self.processes.begin()
        if window.stage == _HOLD and window.second < self._ends:
            self.gates.take(window)
            self.generator_s += window.cpu_s
        if window.second + 1 == round(self._ends):
            self.used = self.processes.used()
        # What was due in the hold may end after it.
        kept = {cell: tally for cell, tally in window.cells.items() if cell.stage == _HOLD}
        self.totals.add(replace(window, cells=kept))


def at_rate(profile: Profile, rate: float, warm_s: float, hold_s: float) -> Profile:
    """The profile at one rate (arrivals a second, or users) all the time. Raises ValueError for a replay."""
    if profile.mode is Mode.REPLAY:
        raise ValueError("A recording has its own rate; the search needs a profile with stages.")
    target = float(round(rate)) if profile.mode is Mode.VUS else rate
    stages = (Stage(warm_s, target, "warm"), Stage(hold_s, target, "hold"))
    return replace(profile, start=target, stages=stages, limit_s=0.0, expected_rps=0.0)


def peak(profile: Profile) -> float:
    """The profile's own highest rate."""
    return max([profile.start, *(stage.target for stage in profile.stages)])


async def probe(asked: Asked, rate: float, shown: Callable[[Window], None] = lambda _: None) -> Probe:
    """Offers `rate` and says whether it held. Raises ValueError or ConnectionError as `execute` does."""
    profile = at_rate(asked.plan.profile, rate, asked.warm_s, asked.hold_s)
    hold = _Hold(asked, Processes(asked.plan.url), shown)
    outcome = await execute(replace(asked.plan, profile=profile), hold.hear)
    return _judged(asked, rate, hold, outcome)


def _judged(asked: Asked, rate: float, hold: _Hold, outcome: Outcome) -> Probe:
    totals = hold.totals
    totals.lasted_s = asked.hold_s
    every = max(totals.count(), 1)
    ok = totals.count(lambda cell: cell.kind == OK)
    shed = totals.count(lambda cell: cell.kind == SHED) / every
    worst, p95_ms = _worst(totals)
    thresholds = judged(totals, asked.plan.profile.thresholds, ("warm", "hold"))
    gates = gates_of(hold.gates.verdicts())
    reasons = [one.text for one in thresholds if not one.ok]
    if p95_ms > asked.p95_ms:
        reasons.append(f"p95 of {worst} {p95_ms:,.0f} ms")
    if (wrong := 1 - ok / every) > _MOST_REFUSED:
        reasons.append(f"{100 * wrong:.2g} % not right, {100 * shed:.2g} % shed")
    if outcome.reason:
        reasons.append(outcome.reason)
    invalid = [gate.text for gate in gates if not gate.ok]
    hold.used.cores["generator"] = hold.generator_s / asked.hold_s
    told = Told.INVALID if invalid else Told.BROKE if reasons else Told.HELD
    return Probe(
        rate,
        told,
        tps=ok / asked.hold_s,
        p95_ms=p95_ms,
        worst_endpoint=worst,
        shed=shed,
        wrong=wrong,
        used=hold.used,
        why="; ".join(invalid + reasons),
        gates=gates,
        judged=thresholds,
        interrupted=outcome.interrupted,
    )


def _worst(totals: Totals) -> tuple[str, float]:
    """The endpoint with the highest p95 of response_time."""
    found = {
        endpoint: totals.tally(lambda cell, endpoint=endpoint: cell.endpoint == endpoint)  # type: ignore[misc]
        for endpoint in totals.endpoints
    }
    worst = {endpoint: tally.intended.percentile_ms(95) for endpoint, tally in found.items()}
    if not worst:
        return "", 0.0
    name = max(worst, key=lambda one: worst[one])
    return name, worst[name]
