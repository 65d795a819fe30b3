"""Who may do what with which topics and groups: one table, made of what each service says that it reads and
writes. Nobody but the administrator may make, change or delete anything else."""

from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

from runtime.letters.reading import SOURCES
from schemas.topics import (
    AUDIT,
    CONFIG,
    CONFIG_AUDIT,
    CONVERSATION_COMMANDS,
    ERASURES,
    POOL_REPORTS,
    POSITIONS,
    ROUTING_COMMANDS,
    ROUTING_EVENTS,
    SWITCHES,
    changelog,
)
from streams.conversations.decider import ConversationsDecider
from streams.routing.decider import RoutingDecider
from workers.prober.probe import stages


class Resource(IntEnum):
    """Kafka's own number of a kind of thing."""

    TOPIC = 2
    GROUP = 3


class Operation(IntEnum):
    """Kafka's own number of what may be done. Who may read or write may describe, too."""

    READ = 3
    WRITE = 4
    DESCRIBE = 8


class Right(NamedTuple):
    """A user may do this, from anywhere."""

    user: str
    resource: Resource
    name: str
    operation: Operation


_WORKERS = ("persister", "webhooks", "notifier", "responder")
_PUT_BACK = {name for name in SOURCES if name != CONFIG.name}
"""Admins put dead letters back by the gateway: into all topics that have them, but for the configuration."""


def rights() -> list[Right]:
    """All, in the order of users."""
    return sorted({*_streams(), *_workers(), *_prober(), *_gateway(), *_load()})


def users() -> list[str]:
    """Those of services, one each."""
    return sorted({right.user for right in rights()})


def _streams() -> Iterator[Right]:
    told: dict[str, tuple[str, ...]] = {"conversations": (), "routing": (POOL_REPORTS.name,)}
    for decider in (ConversationsDecider, RoutingDecider):
        name = decider.app.removeprefix("aicc-")
        source, own = decider.source, changelog(decider.app).name
        writes = {source.name, source.dlq, own, POSITIONS.name, *told[name]}
        yield from _member(decider.app, decider.app, {source.name, own})
        yield from _topics(decider.app, Operation.WRITE, writes | {topic.name for topic in decider.writes})


def _workers() -> Iterator[Right]:
    for worker in _WORKERS:
        user = f"aicc-{worker}"
        reads = {stage.topic for stage in stages("") if stage.group == worker}
        yield from _member(user, worker, reads)
        yield from _topics(user, Operation.WRITE, {f"{topic}.dlq" for topic in reads})
    for user in ("aicc-persister", "aicc-responder"):  # erases what is open; answers
        yield from _topics(user, Operation.WRITE, {CONVERSATION_COMMANDS.name})


def _prober() -> Iterator[Right]:
    of = stages("")
    reads = {stage.topic for stage in of} | {POSITIONS.name, POOL_REPORTS.name, ROUTING_EVENTS.name}
    yield from _topics("aicc-prober", Operation.READ, reads)
    # By what it writes it knows the broker's time.
    yield from _topics("aicc-prober", Operation.WRITE, {POSITIONS.name})
    for group in {stage.group for stage in of}:
        yield Right("aicc-prober", Resource.GROUP, group, Operation.DESCRIBE)


def _gateway() -> Iterator[Right]:
    own = (CONVERSATION_COMMANDS, ROUTING_COMMANDS, CONFIG, CONFIG_AUDIT, SWITCHES, AUDIT, ERASURES)
    letters = {f"{name}.dlq" for name in SOURCES}
    reads = {CONFIG.name, SWITCHES.name, *SOURCES, *letters}
    yield from _topics("aicc-gateway", Operation.READ, reads)
    yield from _topics("aicc-gateway", Operation.WRITE, {topic.name for topic in own} | _PUT_BACK)


def _load() -> Iterator[Right]:
    yield from _topics("aicc-loadgen", Operation.READ, {CONFIG.name})


def _member(user: str, group: str, topics: Iterable[str]) -> Iterator[Right]:
    yield Right(user, Resource.GROUP, group, Operation.READ)
    yield from _topics(user, Operation.READ, topics)


def _topics(user: str, operation: Operation, names: Iterable[str]) -> Iterator[Right]:
    return (Right(user, Resource.TOPIC, name, operation) for name in names)
