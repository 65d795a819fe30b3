"""The lag of every consumer, as the prober publishes it each second in Redis under `KEY`."""

import msgspec

KEY = "lag"
TTL_S = 5
"""Older than this it is gone: nobody should decide by a lag that nobody measures any more."""


class PartitionLag(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What `group` has not processed of a partition, from `next_offset` on; `seconds` is the age of the
    oldest such record."""

    group: str
    topic: str
    partition: int
    records: int
    seconds: float
    next_offset: int = 0


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """All partitions, measured at `at_ms` (Unix milliseconds, broker time)."""

    at_ms: int
    partitions: tuple[PartitionLag, ...]

    def worst_s(self, group: str) -> float:
        """The group's lag in seconds: that of its worst partition."""
        return max((one.seconds for one in self.partitions if one.group == group), default=0.0)


decode_lag = msgspec.json.Decoder(Lag).decode
