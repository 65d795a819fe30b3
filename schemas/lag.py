"""The lag of every consumer, as the prober publishes it each second in Redis under `KEY`."""

from enum import StrEnum

import msgspec

KEY = "lag"
TTL_S = 5
"""Older than this it is gone: nobody should decide by a lag that nobody measures any more."""


class Standing(StrEnum):
    """How a backlog goes on."""

    OK = "ok"
    """There is none worth a word."""

    GROWING = "growing"
    """More comes than is processed."""

    DRAINING = "draining"
    """More is processed than comes."""

    STUCK = "stuck"
    """Nothing is processed."""


class PartitionLag(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What `group` has not processed of a partition, from `next_offset` on; `seconds` is the age of the
    oldest such record. `lost` were deleted before they were processed. At the pace of the last half minute
    nothing is left after `catchup_s`; null: never."""

    group: str
    topic: str
    partition: int
    records: int
    seconds: float
    next_offset: int = 0
    lost: int = 0
    standing: Standing = Standing.OK
    catchup_s: float | None = 0.0


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """All partitions, measured at `at_ms` (Unix milliseconds, broker time)."""

    at_ms: int
    partitions: tuple[PartitionLag, ...]

    def worst_s(self, group: str) -> float:
        """The group's lag in seconds: that of its worst partition."""
        return max((one.seconds for one in self.partitions if one.group == group), default=0.0)


decode_lag = msgspec.json.Decoder(Lag).decode
