"""How much traffic, and what has become of it."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from loadgen.agents import Breach
from loadgen.calls import Calls
from loadgen.journal import Journal
from loadgen.times import Duration


@dataclass(frozen=True)
class Load:
    """At least `contacts` live at a time and `rate` commands a second, customers' and agents' together.

    A contact lasts `life_s` unless its agent completes it before, `handling` after the assignment.
    One of `listen_every` customers keeps a socket open.
    """

    gateway: str
    contacts: int = 200
    rate: float = 1000.0
    seconds: float = 30.0
    seed: int = 1
    queue: str = "support"
    life_s: float = 10.0
    handling: Duration = Duration("lognormal", 2.0, 0.5)  # noqa: RUF009 - a frozen value
    listen_every: int = 10
    connections: int = 256
    timeout_s: float = 5.0
    journal: Path | None = None


@dataclass(frozen=True)
class Now:
    """How things flow at the moment: live contacts, and commands a second over the last second, calls
    answered 200 and agents' commands sent."""

    live: int
    per_s: float


@dataclass(frozen=True)
class Report:
    """What has flowed. `least_live` counts from when `contacts` were reached; `cpu` is in cores."""

    seconds: float
    commands: int
    least_live: int
    cpu: float
    drained: bool
    calls: Calls
    agents: Counter[str]
    customers: Counter[str]
    breaches: list[Breach]
    journal: Journal

    @property
    def per_s(self) -> float:
        """Commands a second on average."""
        return self.commands / self.seconds
