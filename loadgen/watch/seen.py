"""One second's view of the platform, as it stands in a line of a run's lag.jsonl."""

import msgspec

from schemas.lag import Lag


class StageSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A consumer of a topic: its records not processed, of all partitions, and the age of the oldest."""

    records: int
    seconds: float


class ProcessSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A process: its proportional set size in bytes and the processor seconds that it has used."""

    name: str
    pid: int
    pss: int
    cpu_s: float


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """`at_ms` is Unix time. `stages` is empty where nobody measured the lag. `sentinel_ms` is how long
    the contact that was due in this second took through the whole path; null where it did not come through,
    and `sentinel` says how: ok, shed, or what failed."""

    at_ms: int
    stages: dict[str, StageSeen] = {}
    sentinel_ms: float | None = None
    sentinel: str = ""
    processes: tuple[ProcessSeen, ...] = ()

    @property
    def lag_s(self) -> float | None:
        """The worst stage's."""
        return max((stage.seconds for stage in self.stages.values()), default=None)

    @property
    def lag_records(self) -> int | None:
        """Of all stages together."""
        return sum(stage.records for stage in self.stages.values()) if self.stages else None


decode_seen = msgspec.json.Decoder(Seen).decode


def stages_of(lag: Lag) -> dict[str, StageSeen]:
    """By `group:topic`, over all partitions."""
    found: dict[str, tuple[int, float]] = {}
    for one in lag.partitions:
        name = f"{one.group}:{one.topic}"
        records, seconds = found.get(name, (0, 0.0))
        found[name] = records + one.records, max(seconds, one.seconds)
    return {name: StageSeen(records=records, seconds=seconds) for name, (records, seconds) in found.items()}
