"""What a fault is: a name, how it strikes, how it heals, and what it needs of the platform."""

from dataclasses import dataclass
from enum import StrEnum

from tests.chaos.rig import Rig


class Group(StrEnum):
    """Faults of a group share a platform, and are reconciled together."""

    PROCESSES = "processes"
    SERVERS = "servers"
    NETWORK = "network"
    BROKERS = "three brokers"
    DISKS_AND_CLOCKS = "disks and clocks"
    RECORDS = "records"


@dataclass(frozen=True)
class Fault:
    """Strikes at once, is held for `hold_s` (s), then healed. What heals itself has nothing to do there."""

    name: str
    group: Group
    hold_s: float = 0.0

    async def strike(self, platform: Rig) -> None:
        """Breaks it."""
        raise NotImplementedError

    async def heal(self, platform: Rig) -> None:
        """Mends what does not mend itself."""
