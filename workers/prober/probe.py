"""One measurement of all lags."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from schemas import topics
from schemas.lag import Lag
from workers.batch import Place
from workers.prober.broker import Broker
from workers.prober.lag import lost, next_offset, partition_lag
from workers.prober.reports import Reports


class Stage(NamedTuple):
    """A group and a topic that it reads."""

    group: str
    topic: str


def stages(prefix: str) -> list[Stage]:
    """Every consumer of the platform, by its full name."""
    read = {
        "persister": (
            topics.CONVERSATION_EVENTS,
            topics.ROUTING_EVENTS,
            topics.CONFIG,
            topics.CONFIG_AUDIT,
            topics.AUDIT,
            topics.ERASURES,
        ),
        "webhooks": (topics.CONVERSATION_EVENTS, topics.ROUTING_EVENTS),
        "notifier": (
            topics.CONVERSATION_EVENTS,
            topics.AGENT_ASSIGNMENTS,
            topics.ROUTING_ANSWERS,
            topics.ROUTING_EVENTS,
        ),
        "responder": (topics.BOT_QUESTIONS,),
        topics.CONVERSATIONS_APP: (topics.CONVERSATION_COMMANDS,),
        topics.ROUTING_APP: (topics.ROUTING_COMMANDS,),
    }
    return [Stage(prefix + group, prefix + topic.name) for group, those in read.items() for topic in those]


async def measure(broker: Broker, reports: Reports, of: Sequence[Stage]) -> Lag:
    """The lag of every stage on every partition."""
    places = {topic: await broker.places(topic) for topic in {stage.topic for stage in of}}
    positions = await _positions(broker, reports, of, places)
    # The logs are read after the positions, so that no position is beyond its log.
    logs = await broker.logs({place for those in places.values() for place in those})
    nexts = {
        (stage.group, place): next_offset(*positions[stage.group, place], logs[place])
        for stage in of
        for place in places[stage.topic]
    }
    wanted: dict[Place, set[int]] = defaultdict(set)
    for (_, place), offset in nexts.items():
        if offset < logs[place].end:
            wanted[place].add(offset)
    appended = await broker.appended_ms(wanted)
    now_ms = await broker.now_ms()
    return Lag(
        at_ms=now_ms,
        partitions=tuple(
            partition_lag(
                group,
                place,
                at,
                logs[place].end - at,
                appended.get((place, at)),
                now_ms,
                lost(*positions[group, place], logs[place]),
            )
            for (group, place), at in nexts.items()
        ),
    )


Known = dict[tuple[str, Place], tuple[int | None, int | None]]


async def _positions(
    broker: Broker, reports: Reports, of: Sequence[Stage], places: dict[str, list[Place]]
) -> Known:
    """What each group reported and committed of each partition."""
    await reports.take()
    known: Known = {}
    for stage in of:
        committed = await broker.committed(stage.group)
        for place in places[stage.topic]:
            known[stage.group, place] = reports.next_offset(stage.group, place), committed.get(place)
    return known
