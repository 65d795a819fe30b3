"""What the generator itself can do on this machine, measured against a target that does nothing."""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass

from loadgen.engine import Latencies
from loadgen.profiles.model import Expect, Mode, Profile, Stage, Step
from loadgen.results.window import Window
from loadgen.run import Outcome, Plan, execute
from loadgen.trust.gates import Gates, headline, valid
from loadgen.trust.null import null_server

CONNECTIONS = 200
FLOOR_TIMES = 10
_STEP = Step(
    "null",
    "POST",
    "/null",
    '{"customer_id":"c-1","message":"Where is my parcel?"}',
    expect=Expect(contains='"status":"ok"'),
)


@dataclass(frozen=True)
class Calibration:
    """Stored with each run. `rate` is what one process sends as fast as it can over `connections`, a second,
    `per_core_per_s` the same for a whole core, `cpu_us` what a request costs of it. The rest is measured at
    `open_rate`: lateness, and the response time that is the generator's and the machine's own, below which no
    target can be."""

    connections: int
    rate: float
    per_core_per_s: float
    cpu_us: float
    open_rate: float
    lateness_p50_ms: float
    lateness_p99_ms: float
    floor_p50_ms: float
    floor_p95_ms: float
    floor_p99_ms: float
    valid: bool
    says: str

    def as_json(self) -> dict[str, object]:
        """Names to plain values."""
        return asdict(self)

    def near_floor(self, p95_ms: float) -> bool:
        """Whether a 95th percentile is less than ten times the generator's own, and so partly that."""
        return p95_ms < FLOOR_TIMES * self.floor_p95_ms


@dataclass
class Driven:
    """All seconds of one run against the null server, put together."""

    whole: Window
    outcome: Outcome
    gates: Gates

    @property
    def count(self) -> int:
        """Requests."""
        return sum(tally.count for tally in self.whole.cells.values())

    @property
    def right(self) -> int:
        """Those with the right answer."""
        return sum(tally.count for cell, tally in self.whole.cells.items() if cell.kind == "ok")

    @property
    def response(self) -> Latencies:
        """Response times from the intended send, of all."""
        merged = Latencies()
        for tally in self.whole.cells.values():
            merged.merge(tally.intended)
        return merged


async def drive(
    url: str,
    mode: Mode,
    stages: tuple[Stage, ...],
    start: float,
    connections: int = CONNECTIONS,
    heard: Callable[[Window], None] | None = None,
) -> Driven:
    """One step with its answer checked, again and again, from this process. `start` is where stages begin."""
    whole, gates = Window(0, 0), Gates(os.cpu_count() or 1)

    def take(window: Window) -> None:
        whole.merge(window)
        gates.take(window)
        if heard:
            heard(window)

    profile = Profile("null", mode, stages, (_STEP,), start=start, connections=connections)
    outcome = await execute(Plan(profile, url, "null", processes=0), take)
    return Driven(whole, outcome, gates)


async def calibrate(seconds: float = 3.0, open_rate: float = 1000.0) -> Calibration:
    """Takes twice `seconds` and starts the null server for that time. The caller may go_first: it is the
    priority of the whole process that changes."""
    with null_server() as null:
        closed = await drive(null.url, Mode.VUS, (Stage(seconds, CONNECTIONS),), CONNECTIONS)
        opened = await drive(null.url, Mode.RATE, (Stage(seconds, open_rate),), open_rate)
    verdicts = opened.gates.verdicts()
    wrong = closed.count - closed.right + opened.count - opened.right
    late_p50_ms, late_p99_ms = opened.whole.lateness.percentiles_ms(50, 99)
    p50_ms, p95_ms, p99_ms = opened.response.percentiles_ms(50, 95, 99)
    return Calibration(
        connections=CONNECTIONS,
        rate=closed.right / closed.outcome.seconds,
        per_core_per_s=closed.right / closed.whole.cpu_s,
        cpu_us=closed.whole.cpu_s / max(closed.right, 1) * 1e6,
        open_rate=open_rate,
        lateness_p50_ms=late_p50_ms,
        lateness_p99_ms=late_p99_ms,
        floor_p50_ms=p50_ms,
        floor_p95_ms=p95_ms,
        floor_p99_ms=p99_ms,
        valid=valid(verdicts) and not wrong,
        says=headline(verdicts),
    )
