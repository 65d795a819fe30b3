"""A log that grows while it is being stored, with a fault in the middle of each part."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from schemas.topics import CONFIG, CONVERSATION_COMMANDS, CONVERSATION_EVENTS, ERASURES
from tests.workers.persister.stored import behind, until_stored
from tests.workers.persister.stream import KEY, Part, parts
from tests.workers.world import World

SMALL = {"batch_records": 20, "erasure_key": KEY}
"""Small batches, so that there are many instants to be killed at."""
SESSIONS = 100
CATCHES_UP_S = 120.0


async def prepare(world: World) -> None:
    """The topics."""
    await world.create(CONVERSATION_EVENTS, CONFIG, ERASURES, CONVERSATION_COMMANDS)


class Log:
    """What was appended so far, and waiting for it to be stored."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.events = self.erasures = 0

    async def append(self, part: Part) -> None:
        """At the log's end."""
        await self.world.produce(CONVERSATION_EVENTS, part.events)
        await self.world.produce(ERASURES, part.erasures)
        self.events += len(part.events)
        self.erasures += len(part.erasures)

    async def stored(self) -> None:
        """Waits for all."""
        await until_stored(self.world, self.events, within_s=CATCHES_UP_S)
        await until_stored(self.world, self.erasures, ERASURES)

    async def in_the_middle(self, part: Part, rng: random.Random) -> None:
        """Waits until a random share of the part, the last one appended, is stored."""
        goal = self.events - rng.randrange(len(part.events) // 2, len(part.events))
        await until_stored(self.world, goal, within_s=CATCHES_UP_S)
        # Not a wait for anything: the instant is to be a random one.
        await asyncio.sleep(rng.uniform(0, 0.02))


async def in_flow(
    world: World, rng: random.Random, times: int, fault: Callable[[Log], Awaitable[None]]
) -> Log:
    """Appends the log part by part, with a fault while each but the last is being stored."""
    log = Log(world)
    for number, part in enumerate(parts(rng, times + 1, SESSIONS)):
        await log.append(part)
        if number < times:
            await log.in_the_middle(part, rng)
            assert await behind(world) < log.events, "too late to count"
            await fault(log)
    return log
