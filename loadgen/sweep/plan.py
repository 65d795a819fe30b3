"""What a sweep is. Nothing here knows how a plan is written."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

INSTANCE = "${instance}"
"""In a target's command, environment and addresses: the number of the instance, from 0."""


class Kind(StrEnum):
    """What a setting changes."""

    VARIABLE = "variable"
    """A variable of the target's environment."""
    OVERRIDE = "override"
    """A key of the profile."""
    INSTANCES = "instances"
    """How often the target's command is run."""


class Source(StrEnum):
    """Where a metric's figure comes from."""

    RUN = "run"
    """The generator's own, by k6's names."""
    PROMETHEUS = "prometheus"
    """What the target says of itself: the difference between the end of the run and its beginning."""
    RECOVERY = "recovery"
    """The watched run's recovery."""


class Measure(StrEnum):
    """What each run is."""

    RUN = "run"
    CAPACITY = "capacity"
    """A search for the highest rate that holds; its figures are those of `aicc-loadgen capacity`."""


@dataclass(frozen=True)
class Metric:
    """What is judged by. `of` and `figure`: a metric with tags and one of its values (`p(95)`, `rate`); of
    Prometheus `mean`, `p(95)` or `rate`, of a search a key of its JSON. Values are multiplied by `scale`.
    A baseline of zero counts as left where a value is above `zero_floor`."""

    name: str
    source: Source
    of: str
    figure: str
    higher_is_better: bool = False
    unit: str = ""
    scale: float = 1.0
    zero_floor: float = 0.001
    judged: bool = True
    """Else it is shown and decides nothing."""


@dataclass(frozen=True)
class Setting:
    """One factor; the first value is the baseline's. `key` is the variable or the profile's key."""

    name: str
    kind: Kind
    key: str
    values: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class Target:
    """Without `start` somebody else has started it, and only the load can be varied."""

    url: str
    start: tuple[str, ...] = ()
    ready: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    scrape: str = ""
    instances: int = 1
    ready_s: float = 60.0
    stop_s: float = 20.0


@dataclass(frozen=True)
class Plan:
    """`overrides` are `key=value`. `stage`, where given, is the one that metrics by a short name count."""

    name: str
    profile: str
    target: Target
    metrics: tuple[Metric, ...]
    settings: tuple[Setting, ...]
    description: str = ""
    overrides: tuple[str, ...] = ()
    measure: Measure = Measure.RUN
    search: tuple[str, ...] = ()
    """Options of `aicc-loadgen capacity`."""
    watch: bool = False
    runs: int = 5
    left_out: dict[str, str] = field(default_factory=dict)
    """What was not varied, and why."""
    source: str = ""

    def keeping(self, keys: tuple[str, ...]) -> "Plan":
        """Varying only these; what the others' baselines set stays set."""
        kept = tuple(one for one in self.settings if one.key in keys)
        fixed = {
            one.key: one.values[0]
            for one in self.settings
            if one.key not in keys and one.kind is Kind.VARIABLE
        }
        others = [one for one in self.settings if one.key not in keys and one.kind is Kind.OVERRIDE]
        counts = [int(one.values[0]) for one in self.settings if one.kind is Kind.INSTANCES]
        return replace(
            self,
            settings=kept,
            overrides=(*self.overrides, *(f"{one.key}={one.values[0]}" for one in others)),
            target=replace(
                self.target,
                environment=self.target.environment | fixed,
                instances=counts[0] if counts else self.target.instances,
            ),
        )


@dataclass(frozen=True)
class Variant:
    """One setting at a value that is not the baseline's; without a setting the baseline itself."""

    setting: Setting | None = None
    value: str = ""

    @property
    def key(self) -> str:
        """What it is called in files and on the terminal."""
        return f"{self.setting.key}={self.value}" if self.setting else "baseline"
