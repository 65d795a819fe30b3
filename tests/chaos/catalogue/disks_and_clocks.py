"""Disks that are full, and clocks of single processes that jump."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from tests.chaos.fault import Fault, Group
from tests.chaos.rig import Rig

_FULL_S = 8.0
_JUMPED_S = 6.0


@dataclass(frozen=True)
class Full(Fault):
    """A server's disk, a file system in memory, has no room left."""

    part: str = ""

    async def strike(self, platform: Rig) -> None:
        """To the last 64 KB."""
        await asyncio.to_thread(platform.disks[self.part].fill)

    async def heal(self, platform: Rig) -> None:
        """There is room; the server is started where it has ended."""
        platform.disks[self.part].free()
        running = platform.stack.running[self.part]
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                while running.process.poll() is None:
                    await asyncio.sleep(0.1)
        if running.process.poll() is not None:
            again = await asyncio.to_thread(platform.stack.launch, self.part)
            await asyncio.to_thread(again.wait_ready)


@dataclass(frozen=True)
class Jump(Fault):
    """A process's clock jumps, and back when it heals; monotonic clocks go on."""

    service: str = ""
    offset_s: float = 0.0

    async def strike(self, platform: Rig) -> None:
        """It is seen within a second."""
        platform.set_clock(self.service, self.offset_s)

    async def heal(self, platform: Rig) -> None:
        """The second jump."""
        platform.set_clock(self.service, 0)


def _jump(service: str, offset_s: float) -> Jump:
    way = "ahead" if offset_s > 0 else "back"
    name = f"{service}'s clock {abs(offset_s):.0f} s {way}, then right"
    return Jump(name, Group.DISKS_AND_CLOCKS, _JUMPED_S, service, offset_s)


DISKS_AND_CLOCKS: tuple[Fault, ...] = (
    _jump("gateway", 600),
    _jump("gateway", -600),
    _jump("conversations", 3_600),
    _jump("routing", -3_600),
    _jump("persister", 600),
    Full("Postgres' disk full", Group.DISKS_AND_CLOCKS, _FULL_S, "postgres"),
    Full("Kafka's disk full", Group.DISKS_AND_CLOCKS, _FULL_S, "kafka"),
)
