"""What a run is. Seconds and rates a second throughout; nothing here knows how a profile is written."""

from dataclasses import dataclass, field
from enum import StrEnum

from loadgen.times import Duration

NOTHING = Duration("fixed", 0.0)


class Mode(StrEnum):
    """How load is offered, in k6's words where it has one."""

    VUS = "ramping-vus"
    """Closed: a number of users, each of which begins its steps anew when they are over."""
    RATE = "ramping-arrival-rate"
    """Open: the steps begin at a rate, however long the ones before take."""
    CONTACTS = "contacts"
    """Open arrivals of contacts, whose steps follow one another; agents, patience, abandonment."""
    REPLAY = "replay"
    """As CONTACTS, at the times of a recorded file."""


@dataclass(frozen=True)
class Stage:
    """In `seconds` in a straight line from where the stage before ended to `target` (users, or arrivals a
    second); 0 seconds are a jump."""

    seconds: float
    target: float
    name: str = ""


@dataclass(frozen=True)
class Expect:
    """What an answer must be to count as right. `json` are top-level fields with their values (a list: it is
    one of these), `present` fields that must not be missing, null or empty."""

    statuses: tuple[int, ...] = (200,)
    contains: str = ""
    present: tuple[str, ...] = ()
    json: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One request of a user. `path`, `body` and header values may hold ${names}: what was saved from answers
    before, and run, vu, iteration, number, now_ms, uuid, token. `times` may have a fraction: the chance of
    one more. `save` maps a name to a top-level field of the JSON answer. After a failed `needed` step the
    user's other steps are left out, and so is a step that names what no answer has given. `think` is slept
    after each of the step's requests."""

    name: str
    method: str
    path: str
    body: str = ""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    expect: Expect = Expect()
    save: dict[str, str] = field(default_factory=dict)
    needed: bool = False
    times: float = 1.0
    think: Duration = NOTHING


@dataclass(frozen=True)
class Agents:
    """Simulated agents at their sockets. `seats` 0: as many as the platform has for the queue. `leave` of
    them go at `leave_at_s` of the run and stay away."""

    queue: str = "support"
    seats: int = 0
    handling: Duration = Duration("lognormal", 2.0, 0.5)  # noqa: RUF009 - a frozen value
    accept: Duration = NOTHING
    leave: float = 0.0
    leave_at_s: float = 0.0


@dataclass(frozen=True)
class Retry:
    """Shed and failed requests come back after `after`, up to `times` times: a retry storm."""

    times: int
    after: Duration


@dataclass(frozen=True)
class Profile:
    """One run's plan. `thresholds` are k6's: metric, optionally with {tag:value}, to expressions.

    `patience` is how long a contact's customer waits for an agent before giving up (CONTACTS; nothing:
    for ever). `limit_s`: after the stages the last target is held until the platform has recovered, for
    that long at the most; 0 ends with the stages. `expected_rps` is what the profile promises, for the
    check by Little's law. `file` is the recording of REPLAY, played at `speed` times its rate.
    """

    name: str
    mode: Mode
    stages: tuple[Stage, ...]
    steps: tuple[Step, ...]
    start: float = 0.0
    description: str = ""
    thresholds: dict[str, tuple[str, ...]] = field(default_factory=dict)
    agents: Agents | None = None
    patience: Duration = NOTHING
    retry: Retry | None = None
    limit_s: float = 0.0
    timeout_s: float = 10.0
    connections: int = 512
    """The most for the whole run."""
    expected_rps: float = 0.0
    file: str = ""
    speed: float = 1.0
    source: str = ""
    """The YAML that it was read from, as it stands in a run's meta."""

    @property
    def seconds(self) -> float:
        """How long the stages take."""
        return sum(stage.seconds for stage in self.stages)
