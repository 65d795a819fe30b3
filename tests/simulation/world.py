"""One seed: two deciders and two workers, twice each, a load, faults, and what is wrong at the end."""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any

from schemas.topics import AGENT_ASSIGNMENTS, CONVERSATION_EVENTS, ROUTING_EVENTS
from tests.simulation import load, worker
from tests.simulation.broker import Broker, Place
from tests.simulation.clock import Process, VirtualLoop
from tests.simulation.database import Disks
from tests.simulation.edges import replaced
from tests.simulation.group import Group
from tests.simulation.processor import SETTINGS, WATCH_S, Processor
from tests.simulation.servers import Postgres, Redis

FEED_S = 16.0
CALM_S = 60.0
"""The longest that everything may take to be decided and stored once the faults are over."""

FAULTS = (
    "kill",
    "kill",
    "step",
    "pause",
    "cut",
    "rebalance",
    "delivery",
    "late",
    "redelivery",
    "clock",
    "server",
    "stop",
)
MOST_ENDS = 15
"""One that ends more often is not started again: it would for ever."""

LEAST_FAULTS, MOST_FAULTS = 8, 14
WORKED = (CONVERSATION_EVENTS.name, AGENT_ASSIGNMENTS.name, ROUTING_EVENTS.name)


@dataclass
class Seat:
    """One supervised process: it is started again when it ends."""

    name: str
    start: Callable[["Seat"], Coroutine[Any, Any, None]]
    process: Process | None = None
    processor: Processor | None = None
    stop: Callable[[], None] = lambda: None
    ends: list[tuple[float, str]] = field(default_factory=list)


@dataclass
class World:
    """What a seed leaves."""

    seed: int
    loop: VirtualLoop
    rng: random.Random
    broker: Broker
    postgres: Postgres
    redis: Redis
    seats: list[Seat] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    faults: list[tuple[float, str, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    ends: dict[Place, int] = field(default_factory=dict)
    commands: int = 0
    calm: bool = False
    restarts: bool = True
    overdue: list[str] = field(default_factory=list)

    def seat(self, name: str, start: Callable[[Seat], Coroutine[Any, Any, None]]) -> Seat:
        """A new one, started."""
        seat = Seat(name, start)
        self.seats.append(seat)
        self._start(seat)
        return seat

    def _start(self, seat: Seat) -> None:
        if not self.restarts or len(seat.ends) > MOST_ENDS:
            return
        process = seat.process = Process(seat.name, self.loop)

        def died() -> None:
            seat.ends.append((self.loop.time(), process.why))
            self.loop.outside(self.rng.uniform(0.2, 1.2), self._start, seat)

        process.deaths.append(died)
        process.start(seat.start(seat))


def made(seed: int, loop: VirtualLoop) -> World:
    """Before its first moment."""
    rng = random.Random(seed)
    broker = Broker(loop, random.Random(rng.random()))
    return World(seed, loop, rng, broker, Postgres(broker), Redis(broker))


def simulate(seed: int, before: Callable[[World], None] = lambda _: None) -> World:
    """Runs a seed to its end; `before` may change the world first."""
    logging.disable(logging.CRITICAL)
    loop = VirtualLoop()
    world = made(seed, loop)
    try:
        with replaced(loop, world.broker, world.rng):
            before(world)
            loop.run_until_complete(_story(world))
            _stop(world)
    finally:
        with suppress(BaseException):
            loop.finish()
        logging.disable(logging.NOTSET)
    return world


async def _story(world: World) -> None:
    _people(world)
    fed = asyncio.ensure_future(_feed(world))
    await _faults(world)
    await fed
    world.calm = True
    world.ends = {
        (topic, number): world.broker.end((topic, number))
        for topic, numbers in load.NUMBERS.items()
        for number in numbers
    }
    await _settled(world, lambda: all(_decided(world, *place) for place in world.ends), "not decided")
    await asyncio.sleep(2.0)
    await _settled(world, lambda: not unstored(world), "not stored")


def _people(world: World) -> None:
    for decider in load.DECIDERS:
        places = [(decider.source.name, number) for number in load.NUMBERS[decider.source.name]]
        group = Group(world.broker, decider.app, places, SETTINGS.session_timeout_s)
        world.groups.append(group)
        topics = [topic.name for topic in decider.writes]
        for nth in range(2):
            disks = Disks()

            async def start(seat: Seat, decider=decider, group=group, disks=disks, topics=topics) -> None:  # type: ignore[no-untyped-def]
                processor = seat.processor = Processor(decider, world.broker, group, seat.name, disks)
                process = seat.process
                assert process is not None

                def stop() -> None:
                    process.start(processor.stop())

                seat.stop = stop
                await seat.processor.main(topics)

            world.seat(f"{decider.app}-{nth}", start)
    numbers = sorted({number for numbers in load.NUMBERS.values() for number in numbers})
    places = [(topic, number) for topic in WORKED for number in numbers]
    for kind, make, server in (
        ("persister", worker.persister, world.postgres),
        ("notifier", worker.notifier, world.redis),
    ):
        group = Group(world.broker, kind, places, 10.0)
        world.groups.append(group)
        for nth in range(2):

            async def begin(seat: Seat, make: Any = make, server: Any = server, group: Group = group) -> None:
                stop = asyncio.Event()
                seat.stop = stop.set
                await worker.work(make(world.broker, group, seat.name, server), places, stop)

            world.seat(f"{kind}-{nth}", begin)


async def _feed(world: World) -> None:
    commands = load.commands(world.rng)
    pause_s = FEED_S / len(commands)
    for value in load.REFUSED:
        world.broker.append((ROUTING_EVENTS.name, 0), [(b"", value, ())])
    for command in commands:
        await asyncio.sleep(world.rng.uniform(0, 2 * pause_s))
        world.broker.append((command.topic, command.partition), [(command.key, command.value, ())])
    world.commands = len(commands)


async def _faults(world: World) -> None:
    count = world.rng.randint(LEAST_FAULTS, MOST_FAULTS)
    await asyncio.sleep(2.0)
    for _ in range(count):
        await asyncio.sleep(world.rng.uniform(0.2, 2 * FEED_S / count))
        seat, kind = world.rng.choice(world.seats), world.rng.choice(FAULTS)
        world.faults.append((world.loop.time(), kind, seat.name))
        _strike(world, seat, kind)


def _strike(world: World, seat: Seat, kind: str) -> None:
    process, rng, broker = seat.process, world.rng, world.broker
    assert process is not None
    match kind:
        case "kill":
            process.end("killed")
        case "step":
            process.steps_left = rng.randrange(400)
        case "pause":
            _pause(world, seat, rng.choice((0.5, 2.0, 4.0, 8.0)))
        case "stop":
            seat.stop()
        case "cut":
            process.cut_until = world.loop.time() + rng.uniform(1.0, 9.0)
        case "rebalance":
            rng.choice(world.groups).rebalance()
        case "delivery":
            broker.failing.add(process)
        case "late":
            broker.slow_until = world.loop.time() + rng.uniform(0.5, 3.0)
        case "redelivery":
            _redeliver(seat, rng)
        case "clock":
            broker.jump_ms += rng.choice((-3_600_000, -2_000, 2_000, 20_000, 3_600_000))
            world.loop.jump_s += rng.uniform(-5, 5)
        case "server":
            for other in world.seats:
                if other.process is not None:
                    world.postgres.failing.add(other.process)
                    world.redis.failing.add(other.process)


def _pause(world: World, seat: Seat, seconds: float) -> None:
    """A processor that was paused for so long that another may own its partitions must end."""
    process = seat.process
    assert process is not None

    def look() -> None:
        if not process.dead and not process.paused:
            world.overdue.append(f"paused for {seconds:g} s and not ended: {seat.name}")

    fresh = not process.paused
    process.pause(seconds)
    if fresh and seat.processor is not None and seconds > SETTINGS.session_timeout_s / 2:
        world.loop.outside(seconds + 2 * WATCH_S, look)


def _redeliver(seat: Seat, rng: random.Random) -> None:
    """What is fetched next begins earlier, or later, than it should."""
    if seat.processor is not None:
        read = seat.processor.app.consumer.read
        for tp in read:
            read[tp] = max(0, read[tp] + rng.choice((-30, -5, 5)))


def _decided(world: World, topic: str, number: int) -> bool:
    for seat in world.seats:
        processor = seat.processor
        process = seat.process
        if processor is None or process is None or process.dead or process.cut_until > world.loop.time():
            continue  # what one that is cut off has decided may not have arrived
        if processor.shell._source == topic:
            owned = processor.shell.owned.get(number)
            if owned and processor.shell.is_current(owned):
                return owned.partition.next_offset >= world.ends[topic, number]
    return False


def unstored(world: World) -> list[str]:
    """What the workers have not stored of what stands in the log."""
    found = []
    for place, log in list(world.broker.log.items()):
        if place[0] not in WORKED or not log:
            continue
        if world.postgres.positions.get(place, (0, ""))[0] < len(log):
            found.append(f"{place} in Postgres")
        if int(world.redis.keys.get(f"notifier:{place[0]}:{place[1]}", b"0")) < len(log):
            found.append(f"{place} in Redis")
    return found


async def _settled(world: World, done: Callable[[], bool], what: str) -> None:
    until = world.loop.time() + CALM_S
    while not done():
        if world.loop.time() > until:
            world.wrong.append(f"stuck: {what} within {CALM_S:g} s")
            return
        await asyncio.sleep(0.25)


def _stop(world: World) -> None:
    world.restarts = False
    for seat in world.seats:
        if seat.process is not None:
            Context().run(seat.process.end, "the end")


def kinds(world: World) -> Counter[str]:
    """How many faults of each kind there were."""
    return Counter(kind for _, kind, _ in world.faults)
