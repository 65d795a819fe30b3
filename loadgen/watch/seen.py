"""One second's view of the platform, as it stands in a line of a run's lag.jsonl."""

from collections import defaultdict

import msgspec

from schemas.lag import Lag, PartitionLag


class StageSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A consumer of a topic, all partitions together: its records not processed, the age of the oldest, and
    how many it has processed ever."""

    records: int
    seconds: float
    processed: int = 0


class ProcessSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A process: its proportional set size in bytes and the processor seconds that it has used."""

    name: str
    pid: int
    pss: int
    cpu_s: float


class MachineSeen(msgspec.Struct, frozen=True, kw_only=True):
    """The machine that the platform runs on, with all that runs there: processor seconds used since it was
    started until `at_s` (Unix time), by `cpus` of them, and bytes of memory, all and in use (what no program
    could still get)."""

    at_s: float
    cpu_s: float
    cpus: int
    memory: int
    used: int


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """`at_ms` is Unix time. `stages` is empty where nobody measured the lag. `sentinel_ms` is how long
    the contact that was due in this second took through the whole path; null where it did not come through,
    and `sentinel` says how: ok, shed, or what failed."""

    at_ms: int
    stages: dict[str, StageSeen] = {}
    sentinel_ms: float | None = None
    sentinel: str = ""
    processes: tuple[ProcessSeen, ...] = ()
    machine: MachineSeen | None = None
    """None where the platform's processes are not seen, as on another machine."""

    @property
    def lag_s(self) -> float | None:
        """The worst stage's."""
        return max((stage.seconds for stage in self.stages.values()), default=None)

    @property
    def processed(self) -> int | None:
        """Records, by all stages together, ever."""
        return sum(stage.processed for stage in self.stages.values()) if self.stages else None

    @property
    def lag_records(self) -> int | None:
        """Of all stages together."""
        return sum(stage.records for stage in self.stages.values()) if self.stages else None


decode_seen = msgspec.json.Decoder(Seen).decode


def stages_of(lag: Lag) -> dict[str, StageSeen]:
    """By `group:topic`, over all partitions."""
    found: dict[str, list[PartitionLag]] = defaultdict(list)
    for one in lag.partitions:
        found[f"{one.group}:{one.topic}"].append(one)
    return {
        name: StageSeen(
            records=sum(one.records for one in parts),
            seconds=max(one.seconds for one in parts),
            processed=sum(one.next_offset for one in parts),
        )
        for name, parts in found.items()
    }
