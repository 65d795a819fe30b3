"""The prober as a process: lag of consumers that live, of dead ones, and of none at all."""

import asyncio
import random
from collections.abc import Callable

from redis.asyncio import Redis

from schemas.codec import encode
from schemas.ids import partition_of
from schemas.lag import KEY, Lag, decode_lag
from schemas.positions import Position
from schemas.topics import (
    AGENT_ASSIGNMENTS,
    BOT_QUESTIONS,
    CONFIG,
    CONVERSATION_COMMANDS,
    CONVERSATION_EVENTS,
    CONVERSATIONS_APP,
    POSITIONS,
    ROUTING_ANSWERS,
    ROUTING_COMMANDS,
    ROUTING_EVENTS,
)
from tests.workers.events import conversation
from tests.workers.world import World, given, until


def test_lag_in_records_and_seconds(world: World, rng: random.Random) -> None:
    async def scenario() -> None:
        commands = CONVERSATION_COMMANDS, ROUTING_COMMANDS
        told = CONVERSATION_EVENTS, AGENT_ASSIGNMENTS, ROUTING_ANSWERS, ROUTING_EVENTS, BOT_QUESTIONS
        await world.create(*commands, *told, CONFIG, POSITIONS)
        events = conversation(rng, 1)
        await world.produce(CONVERSATION_EVENTS, [given(e, partition_of(e.session_id)) for e in events])
        await world.produce(CONVERSATION_COMMANDS, [(0, "s", b"{}")] * 10)
        async with Redis.from_url(world.redis_url) as redis:

            async def until_lag(condition: Callable[[Lag], bool], what: str) -> Lag:
                async def found() -> Lag | None:
                    value = await redis.get(KEY)
                    lag = decode_lag(value) if value else None
                    return lag if lag and condition(lag) else None

                lag = await until(found, what)
                assert lag is not None
                return lag

            def records(lag: Lag, group: str) -> int:
                return sum(one.records for one in lag.partitions if one.group == world.prefix + group)

            with world.worker("prober", every_s=0.1):
                first = await until_lag(lambda lag: records(lag, "persister") == len(events), "unread events")
                older = first.worst_s(world.prefix + "persister")
                assert 0 < older < 60
                # Nobody reads and nothing is written: the age grows with the broker's clock all the same.
                await until_lag(lambda lag: lag.worst_s(world.prefix + "persister") > older + 0.5, "ageing")
                assert records(first, CONVERSATIONS_APP) == 10
                report = Position(
                    group=world.prefix + CONVERSATIONS_APP,
                    topic=world.name(CONVERSATION_COMMANDS),
                    partition=0,
                    next_offset=7,
                    appended_ms=0,
                )
                await world.produce(POSITIONS, [(0, "k", encode(report))])
                await until_lag(lambda lag: records(lag, CONVERSATIONS_APP) == 3, "the owner's report")
                with world.worker("persister"):
                    done = await until_lag(lambda lag: records(lag, "persister") == 0, "all stored")
                assert done.worst_s(world.prefix + "persister") == 0
                assert records(done, "notifier") == len(events)

    asyncio.run(scenario())
