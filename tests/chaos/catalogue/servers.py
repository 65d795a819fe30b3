"""One Kafka, Postgres and Redis: killed, restarted, paused, flushed, slow, and full of connections."""

import asyncio
import signal
from contextlib import suppress
from dataclasses import dataclass

import asyncpg
import redis.asyncio as redis

from tests.chaos.fault import Fault, Group
from tests.chaos.rig import Rig

_PAUSE_S = 5.0
_END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND NOT pid = ANY($1::int[])
"""


@dataclass(frozen=True)
class Restart(Fault):
    """A server ends by `how` and is started again on the same data. Of Postgres SIGQUIT is the immediate
    shutdown, SIGINT the orderly one."""

    part: str = ""
    how: signal.Signals = signal.SIGKILL

    async def strike(self, platform: Rig) -> None:
        """Returns when it has ended."""
        running = platform.stack.running[self.part]
        if self.how is signal.SIGKILL:
            await asyncio.to_thread(running.kill)
        else:
            running.signal(self.how)
            await asyncio.to_thread(running.process.wait, 60)

    async def heal(self, platform: Rig) -> None:
        """Starts it, and waits until it answers."""
        again = await asyncio.to_thread(platform.stack.launch, self.part)
        await asyncio.to_thread(again.wait_ready)


@dataclass(frozen=True)
class Freeze(Fault):
    """A server stands still, with all that it has started."""

    part: str = ""

    async def strike(self, platform: Rig) -> None:
        """SIGSTOP."""
        platform.signal_all(self.part, signal.SIGSTOP)

    async def heal(self, platform: Rig) -> None:
        """SIGCONT."""
        platform.signal_all(self.part, signal.SIGCONT)


@dataclass(frozen=True)
class Exhausted(Fault):
    """Strangers take every connection that Postgres has left, as who owns it, and the services' own are
    ended, so that they have to come back."""

    async def strike(self, platform: Rig) -> None:
        """Those that are taken are held until it heals."""
        held = platform.held
        with suppress(asyncpg.PostgresError, OSError):
            while len(held) < 300:
                held.append(await asyncpg.connect(platform.database_url, timeout=5))
        own = [connection.get_server_pid() for connection in held]
        await held[0].execute(_END_OTHERS, own)
        with suppress(asyncpg.PostgresError, OSError):
            while len(held) < 300:
                held.append(await asyncpg.connect(platform.database_url, timeout=5))

    async def heal(self, platform: Rig) -> None:
        """They go."""
        for connection in platform.held:
            connection.terminate()
        platform.held.clear()


@dataclass(frozen=True)
class Flushed(Fault):
    """Redis forgets everything."""

    async def strike(self, platform: Rig) -> None:
        """FLUSHALL."""
        async with redis.from_url(platform.stack.redis.address) as client:
            await client.flushall()


@dataclass(frozen=True)
class SlowRedis(Fault):
    """Every command waits up to `ms`: Redis is held up again and again."""

    ms: int = 200

    async def strike(self, platform: Rig) -> None:
        """Returns when it is over, after 8 s."""
        async with redis.from_url(platform.stack.redis.address) as client:
            for _ in range(8_000 // (self.ms + 20)):
                await client.client_pause(self.ms)
                await asyncio.sleep(self.ms / 1000 + 0.02)


SERVERS: tuple[Fault, ...] = (
    Restart("Kafka (one broker) killed -9 and started", Group.SERVERS, part="kafka"),
    Restart("Kafka (one broker) restarted", Group.SERVERS, part="kafka", how=signal.SIGTERM),
    Freeze("Kafka (one broker) stopped and continued", Group.SERVERS, _PAUSE_S, part="kafka"),
    Restart("Postgres immediate shutdown", Group.SERVERS, part="postgres", how=signal.SIGQUIT),
    Restart("Postgres restarted", Group.SERVERS, part="postgres", how=signal.SIGINT),
    Restart("Postgres killed -9", Group.SERVERS, part="postgres"),
    Freeze("Postgres stopped and continued", Group.SERVERS, _PAUSE_S, part="postgres"),
    Exhausted("Postgres' connections exhausted", Group.SERVERS, 6.0),
    Restart("Redis killed -9 and started empty", Group.SERVERS, part="redis"),
    Freeze("Redis stopped and continued", Group.SERVERS, _PAUSE_S, part="redis"),
    Flushed("Redis flushed", Group.SERVERS),
    SlowRedis("Redis slow: 0.2 s stops for 8 s", Group.SERVERS),
)
