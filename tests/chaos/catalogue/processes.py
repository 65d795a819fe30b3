"""Every process of ours killed and paused, a rebalance storm, and consumers that are slow."""

import asyncio
from dataclasses import dataclass

from tests.chaos.fault import Fault, Group
from tests.chaos.rig import SERVICES, Rig

PAUSE_S = 8.0
"""Longer than a session timeout of 6 s: who owned partitions has lost them when it goes on."""


@dataclass(frozen=True)
class Kill(Fault):
    """kill -9 of a process; its supervisor starts it again."""

    service: str = ""

    async def strike(self, platform: Rig) -> None:
        """Now, in the middle of whatever it does."""
        platform.services[f"{self.service}-0"].kill()


@dataclass(frozen=True)
class Pause(Fault):
    """SIGSTOP, and SIGCONT later."""

    service: str = ""

    async def strike(self, platform: Rig) -> None:
        """It stands still, its connections stay open."""
        platform.services[f"{self.service}-0"].pause()

    async def heal(self, platform: Rig) -> None:
        """It goes on as if nothing had been, and has to notice."""
        platform.services[f"{self.service}-0"].resume()


@dataclass(frozen=True)
class KillAll(Fault):
    """kill -9 of every process of ours at one instant."""

    async def strike(self, platform: Rig) -> None:
        """All of them."""
        for service in platform.services.values():
            service.kill()


@dataclass(frozen=True)
class Slow(Fault):
    """A process that gets a tenth of its time: stopped 0.45 s of every 0.5 s."""

    service: str = ""

    async def strike(self, platform: Rig) -> None:
        """Returns when it is over."""
        service = platform.services[f"{self.service}-0"]
        for _ in range(16):
            with service.paused():
                await asyncio.sleep(0.45)
            await asyncio.sleep(0.05)


@dataclass(frozen=True)
class Storm(Fault):
    """Second workers of both processors join and die, again and again: a rebalance each time."""

    times: int = 4

    async def strike(self, platform: Rig) -> None:
        """Returns when the last ones are gone; they die before, while or after they get their share."""
        for number in range(self.times):
            keys = [f"{name}-storm" for name in ("conversations", "routing")]
            for key in keys:
                platform.start(key.partition("-")[0], "storm")
            await asyncio.sleep(2.0 + number)
            for key in keys:
                service = platform.services.pop(key)
                await asyncio.to_thread(service.kill_for_good)


PROCESSES: tuple[Fault, ...] = (
    *(Kill(f"{name} killed -9", Group.PROCESSES, service=name) for name in SERVICES),
    *(Pause(f"{name} stopped and continued", Group.PROCESSES, PAUSE_S, service=name) for name in SERVICES),
    KillAll("all processes killed -9 at once", Group.PROCESSES),
    Slow("slow consumer: persister gets a tenth of its time", Group.PROCESSES, service="persister"),
    Slow("slow consumer: notifier gets a tenth of its time", Group.PROCESSES, service="notifier"),
    Storm("rebalance storm: second workers come and die", Group.PROCESSES),
)
