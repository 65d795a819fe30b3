"""A change of the configuration: whether it may follow what is published, and the records that publish it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, NamedTuple

import msgspec
from msgspec.structs import replace

from schemas.codec import Record, encode, type_of
from schemas.config import ConfigError, PoolConfig, errors_among, errors_in
from schemas.config_diff import Change, diff
from schemas.envelope import Headers, headers
from schemas.hours import Hours
from schemas.limits import NO_NUL, Version
from schemas.routing import ApplyConfig
from schemas.topics import CONFIG, CONFIG_AUDIT, MAX_RECORD_BYTES, ROUTING_COMMANDS, Topic

MAX_AUTHOR = 200
Author = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_AUTHOR, pattern=NO_NUL)]
MOST_CHANGES = 200
_LONGEST = 300


class StaleConfig(ConfigError):
    """Another version has been published since the one that the change was made from."""


class Source(StrEnum):
    """Which way a change came."""

    CLI = "cli"
    API = "api"


class ConfigChanged(Record, tag="config.changed", kw_only=True, frozen=True):
    """Of config.audit, keyed by pool: who made `version` of the configuration, when, what differs from the
    one before it (the first MOST_CHANGES of `changed` in all), and the whole of it as it was written."""

    pool: str
    version: Version
    at_ms: int
    author: Author
    source: Source
    changed: int
    changes: tuple[Change, ...]
    config: PoolConfig


class Step(NamedTuple):
    """A pool as it is to be published, and what differs from what is."""

    config: PoolConfig
    changes: tuple[Change, ...]


class Outgoing(NamedTuple):
    """A record and its place."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: Headers


def as_written(pool: PoolConfig) -> PoolConfig:
    """Without what publishing adds to hours: what a file says."""
    flows = tuple(replace(flow, hours=_plain(flow.hours)) for flow in pool.flows)
    return replace(pool, hours=_plain(pool.hours), flows=flows)


def _plain(hours: Sequence[Hours]) -> tuple[Hours, ...]:
    return tuple(replace(one, offsets=()) for one in hours)


def compiled(pool: PoolConfig, version: int, now: datetime) -> PoolConfig:
    """With all that a decision needs: no decision asks a clock or a zone database."""
    flows = tuple(
        replace(flow, hours=tuple(hours.compiled(now) for hours in flow.hours)) for flow in pool.flows
    )
    hours = tuple(hours.compiled(now) for hours in pool.hours)
    return replace(pool, version=version, hours=hours, flows=flows)


def plan(
    published: Mapping[str, PoolConfig], wanted: Sequence[PoolConfig], now: datetime, *, anew: bool = False
) -> list[Step]:
    """What to publish so that the pools of `wanted` are as they say: nothing for those that are (with `anew`
    those, too). Versions are the time in milliseconds, and above those published.

    Raises StaleConfig, and ConfigError with the path of each error.
    """
    _refuse_stale(published, wanted)
    errors = errors_among(wanted)
    for pool in wanted:
        errors += [*errors_in(pool), *_errors_of_strangers(pool, published)]
        if before := published.get(pool.pool):
            errors += _errors_after(before, pool)
    if errors:
        raise ConfigError("\n".join(errors))
    steps = [_step(published.get(pool.pool), pool, now) for pool in wanted]
    return [step for step in steps if step.changes or anew]


def records(step: Step, author: Author, source: Source, now: datetime) -> list[Outgoing]:
    """What publishes the step, in this order: the pool first, as who asks the gateway for a queue must find
    it decided; then the audit, so that nothing is in force that nobody has put there. Each may be sent again.

    Raises ConfigError for a configuration that is too large for a record.
    """
    config, key = step.config, step.config.pool.encode()
    audit = ConfigChanged(
        pool=config.pool,
        version=config.version,
        at_ms=int(now.timestamp() * 1000),
        author=author,
        source=source,
        changed=len(step.changes),
        changes=tuple(map(_cut, step.changes[:MOST_CHANGES])),
        config=as_written(config),
    )
    # No pool decides by a flow, or by what agents say: it would be in every snapshot of the pool.
    applied = ApplyConfig(config=replace(config, flows=(), canned_answers=(), dispositions=()))
    made = [
        _outgoing(ROUTING_COMMANDS, config.partition, key, config, applied, type_of(applied)),
        _outgoing(CONFIG_AUDIT, 0, key, config, audit, type_of(audit)),
        _outgoing(CONFIG, 0, key, config, config, "pool"),
    ]
    largest = max(len(record.value) for record in made)
    if largest > MAX_RECORD_BYTES:
        raise ConfigError(
            f"pools[{config.pool}]: {largest} bytes as a record, of at most {MAX_RECORD_BYTES}: "
            "share it out over several pools"
        )
    return made


def _errors_after(before: PoolConfig, pool: PoolConfig) -> list[str]:
    """What `before` forbids its successor."""
    path, names = f"pools[{pool.pool}]", {queue.name for queue in pool.queues}
    gone = [queue.name for queue in before.queues if queue.name not in names | pool.moves.keys()]
    errors = [
        f"{path}.moves: queue {name!r} is deleted, but no move says which queue its contacts go to"
        for name in gone
    ]
    if pool.partition != before.partition:
        errors.append(f"{path}.partition: {before.partition} for good, not {pool.partition}")
    return errors + _errors_of_flows(as_written(before), as_written(pool), path)


def _errors_of_flows(before: PoolConfig, pool: PoolConfig, path: str) -> list[str]:
    """A version is one flow for good: calls are under way in it, and what they heard is looked up by it."""
    known = {flow.name: flow for flow in before.flows}
    return [
        f"{path}.flows[{flow.name}].version: {flow.version} is published with other nodes: raise it"
        for flow in pool.flows
        if flow.name in known and flow != known[flow.name] and flow.version == known[flow.name].version
    ]


def _errors_of_strangers(pool: PoolConfig, published: Mapping[str, PoolConfig]) -> list[str]:
    """Who is in another pool now may hold contacts there, and its feed is numbered by that pool."""
    path = f"pools[{pool.pool}]"
    others = [other for name, other in published.items() if name != pool.pool]
    queues = {queue.name: other.pool for other in others for queue in other.queues}
    flows = {flow.name: other.pool for other in others for flow in other.flows}
    agents = {agent.id: other.pool for other in others for agent in other.agents}
    return [
        *(
            f"{path}.queues[{queue.name}]: is in pool {queues[queue.name]!r}: delete it there first"
            for queue in pool.queues
            if queue.name in queues
        ),
        *(
            f"{path}.flows[{flow.name}]: is in pool {flows[flow.name]!r}: delete it there first"
            for flow in pool.flows
            if flow.name in flows
        ),
        *(
            f"{path}.agents[{agent.id}]: is in pool {agents[agent.id]!r}: give who moves a new id"
            for agent in pool.agents
            if agent.id in agents
        ),
    ]


def _refuse_stale(published: Mapping[str, PoolConfig], wanted: Sequence[PoolConfig]) -> None:
    """A pool without a version follows any."""
    stale = [
        f"pools[{pool.pool}].version: made from {pool.version}, but {before.version} is published by now"
        for pool in wanted
        if (before := published.get(pool.pool)) and pool.version not in (0, before.version)
    ]
    if stale:
        raise StaleConfig("\n".join(stale))


def _step(before: PoolConfig | None, pool: PoolConfig, now: datetime) -> Step:
    version = max(int(now.timestamp() * 1000), before.version + 1 if before else 0)
    return Step(compiled(pool, version, now), diff(before, pool))


def _cut(change: Change) -> Change:
    return Change(change.path[:_LONGEST], change.before[:_LONGEST], change.after[:_LONGEST])


def _outgoing(
    topic: Topic, partition: int, key: bytes, config: PoolConfig, record: msgspec.Struct, kind: str
) -> Outgoing:
    identity = f"config:{config.pool}:{config.version}"
    return Outgoing(topic.name, partition, key, encode(record), headers(identity, kind))


decode_change = msgspec.json.Decoder(ConfigChanged).decode
