"""Three brokers: a leader, a follower and the controller killed, all restarted one by one, one cut off."""

import asyncio
import signal
from dataclasses import dataclass
from enum import StrEnum

from aiokafka.admin import AIOKafkaAdminClient

from schemas.topics import CONVERSATION_COMMANDS
from tests.chaos.cluster import NODES
from tests.chaos.fault import Fault, Group
from tests.chaos.rig import Rig
from tests.waiting import until

_PAUSE_S = 8.0
_IN_SYNC_WITHIN_S = 60.0


class Role(StrEnum):
    """What the broker is for partition 0 of the conversations' commands."""

    LEADER = "leader"
    FOLLOWER = "follower"


async def _state(platform: Rig) -> tuple[int, list[int], bool]:
    """The leader's and the followers' ids, and whether every partition has all its replicas in sync."""
    admin = AIOKafkaAdminClient(bootstrap_servers=platform.stack.kafka.address)
    await admin.start()
    try:
        rows = await admin.describe_topics()
    finally:
        await admin.close()
    whole = all(len(one["isr"]) == len(one["replicas"]) for row in rows for one in row["partitions"])
    topic = next(row for row in rows if row["topic"] == CONVERSATION_COMMANDS.name)
    first = next(one for one in topic["partitions"] if one["partition"] == 0)
    return first["leader"], [n for n in first["replicas"] if n != first["leader"]], whole


async def in_sync(platform: Rig) -> None:
    """Waits until a broker may be missed again."""

    async def whole() -> bool:
        return (await _state(platform))[2]

    await until(whole, _IN_SYNC_WITHIN_S, "replicas are not in sync", every_s=0.5)


@dataclass(frozen=True)
class Broker(Fault):
    """One of three is killed with -9, ended or stopped; the others have to do."""

    role: Role = Role.LEADER
    how: signal.Signals = signal.SIGKILL

    async def strike(self, platform: Rig) -> None:
        """It is gone."""
        leader, followers, _ = await _state(platform)
        name = f"kafka-{leader if self.role is Role.LEADER else followers[0]}"
        platform.struck = name
        if self.how is signal.SIGKILL:
            await asyncio.to_thread(platform.stack.running[name].kill)
        else:
            platform.signal_all(name, self.how)

    async def heal(self, platform: Rig) -> None:
        """It is back and has caught up."""
        if self.how is signal.SIGSTOP:
            platform.signal_all(platform.struck, signal.SIGCONT)
        else:
            again = await asyncio.to_thread(platform.stack.launch, platform.struck)
            await asyncio.to_thread(again.wait_ready)
        await in_sync(platform)


@dataclass(frozen=True)
class OneByOne(Fault):
    """All brokers are restarted, each when the one before has caught up."""

    async def strike(self, platform: Rig) -> None:
        """Returns when all have been."""
        for node in range(1, NODES + 1):
            await asyncio.to_thread(platform.stack.restart, f"kafka-{node}")
            await in_sync(platform)


BROKERS: tuple[Fault, ...] = (
    Broker("a leader of three killed -9", Group.BROKERS, _PAUSE_S, Role.LEADER),
    Broker("a follower of three killed -9", Group.BROKERS, _PAUSE_S, Role.FOLLOWER),
    Broker("a leader of three stopped and continued", Group.BROKERS, _PAUSE_S, Role.LEADER, signal.SIGSTOP),
    OneByOne("all three brokers restarted one by one", Group.BROKERS),
)
