"""Pools, queues and agents as they are configured: the records of the topic `config`, and their rules."""

from collections.abc import Collection, Mapping, Set
from typing import Annotated

import msgspec

from schemas.canned import CannedAnswer, Disposition, errors_of_answers
from schemas.config_error import ConfigError as ConfigError
from schemas.flow_rules import errors_in as errors_in_flow
from schemas.flows import Flow, with_hours
from schemas.hours import Hours
from schemas.limits import Level, PartitionNumber, Rank, Seconds, Version
from schemas.states import Channel, Choice, Overload
from schemas.topics import PARTITIONS

MAX_NAME = 128
ADDRESS = r"\A(|tel:\+?[0-9*#()./ -]{1,40}|sips?:[^\s\x00]{1,250})\Z"
_SHOWN = 40


class Queue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where contacts wait. Times in seconds; to wait for `aging_s` counts as much as a level of priority.

    At most `max_depth` contacts wait, each for `max_wait_s` (0: no limit): `when_full` and `when_late` say
    what becomes of the others, `when_unstaffed` of one that comes while no agent of the queue is there
    (left out: it waits), `when_closed` of one that comes outside of the `hours` (left out: always open).
    Overflow goes to the queue `overflow_to` of the pool. A wrap-up longer than `wrap_up_s` ends with
    `default_disposition`.
    """

    name: str
    offer_timeout_s: Seconds = 20.0
    wrap_up_s: Seconds = 30.0
    reject_pause_s: Seconds = 60.0
    auto_accept: bool = False
    aging_s: Seconds = 60.0
    choice: Choice = Choice.LONGEST_IDLE
    max_depth: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    max_wait_s: Seconds = 0.0
    when_full: Overload = Overload.REFUSE
    when_late: Overload = Overload.REFUSE
    when_unstaffed: Overload | None = None
    overflow_to: str = ""
    hours: str = ""
    when_closed: Overload = Overload.REFUSE
    default_disposition: Annotated[str, msgspec.Meta(max_length=128)] = "wrap_up_timeout"


class Agent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A person who serves contacts: of one pool, in some of its queues, on some channels.

    `capacity` chats at once, or one call and nothing else. Who is free takes from the queues of the lowest
    rank first; a queue that `ranks` does not name has rank 1. `skills` are levels from 1 to 5 by name.
    A telephone system connects calls to `address`, as tel:+82… or sip:….
    """

    id: str
    name: str
    queues: tuple[str, ...]
    address: Annotated[str, msgspec.Meta(pattern=ADDRESS)] = ""
    capacity: Annotated[int, msgspec.Meta(ge=1, le=50)] = 1
    synthetic: bool = False
    channels: tuple[Channel, ...] = (Channel.CHAT,)
    ranks: dict[str, Rank] = {}
    skills: dict[str, Level] = {}


class BotConfig(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The bot that serves the pool's chats until an agent is asked for; it may hand over to `queues` of the
    pool.

    A question that it does not answer within `answer_s` goes to the first of them; with `says`, the customer
    is told that instead. Contacts of load tests meet it only where `synthetic` says so.
    """

    queues: tuple[str, ...]
    answer_s: Annotated[float, msgspec.Meta(ge=1, le=300)] = 10.0
    says: Annotated[str, msgspec.Meta(max_length=1_000)] = ""
    synthetic: bool = False


class PoolConfig(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The unit of routing; `partition` of routing.commands is its home for good. An agent who holds chats
    drains for a waiting call for `drain_s` at most (0: never).

    `version` is given when it is published; a file that has one (0: none) is meant for that version alone.
    `moves` says for each queue that is deleted which queue of the pool its contacts go on in. Agents close
    contacts with one of `dispositions` (none: in words of their own) and have `canned_answers` at hand.
    """

    pool: str
    partition: PartitionNumber
    version: Version = 0
    queues: tuple[Queue, ...] = ()
    moves: dict[str, str] = {}
    skills: tuple[str, ...] = ()
    hours: tuple[Hours, ...] = ()
    agents: tuple[Agent, ...] = ()
    flows: tuple[Flow, ...] = ()
    lease_grace_s: Seconds = 10.0
    not_responding_s: Seconds = 60.0
    drain_s: Seconds = 180.0
    dispositions: tuple[Disposition, ...] = ()
    canned_answers: tuple[CannedAnswer, ...] = ()
    bot: BotConfig | None = None


class Configuration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole configuration file."""

    pools: tuple[PoolConfig, ...]

    def check(self) -> None:
        """Raises ConfigError unless names are unique, references hold and numbers are in range."""
        errors = [*errors_among(self.pools), *(error for pool in self.pools for error in errors_in(pool))]
        if errors:
            raise ConfigError("\n".join(errors))


def errors_among(pools: Collection[PoolConfig]) -> list[str]:
    """Names that pools, or things in them, share."""
    return [
        *_repeated("pools", [pool.pool for pool in pools]),
        *_repeated("queues", [queue.name for pool in pools for queue in pool.queues]),
        *_repeated("agents", [agent.id for pool in pools for agent in pool.agents]),
        *_repeated("flows", [flow.name for pool in pools for flow in pool.flows]),
    ]


def _repeated(what: str, names: list[str]) -> list[str]:
    return [
        f"{what}: {name!r} stands {names.count(name)} times"
        for name in sorted(set(names))
        if names.count(name) > 1
    ]


def errors_in(pool: PoolConfig) -> list[str]:
    """What is wrong with a pool by itself, each with its path."""
    path = f"pools[{pool.pool}]"
    known = {queue.name for queue in pool.queues}
    errors = [*_errors_of_names(pool, path), *_errors_of_moves(pool, path)]
    if not 0 <= pool.partition < PARTITIONS:
        errors.append(f"{path}.partition: {pool.partition} is not in 0..{PARTITIONS - 1}")
    for queue in pool.queues:
        if queue.offer_timeout_s <= 0:
            errors.append(f"{path}.queues[{queue.name}].offer_timeout_s: must be above 0")
        if "\0" in queue.default_disposition:
            errors.append(f"{path}.queues[{queue.name}].default_disposition: must have no NUL")
        if queue.hours and queue.hours not in {hours.name for hours in pool.hours}:
            errors.append(f"{path}.queues[{queue.name}].hours: no hours {queue.hours!r} in this pool")
        errors += _errors_of_overflow(queue, path, {one.name: one for one in pool.queues})
    for hours in pool.hours:
        errors += [f"{path}.hours[{hours.name}].{error}" for error in hours.errors()]
    errors += _repeated(f"{path}.hours", [hours.name for hours in pool.hours])
    errors += _errors_of_bot(pool, path)
    errors += _repeated(f"{path}.skills", list(pool.skills))
    for flow in flows_of(pool):
        errors += [f"{path}.{error}" for error in errors_in_flow(flow)]
    errors += _repeated(f"{path}.dispositions", list(pool.dispositions))
    errors += errors_of_answers(pool.canned_answers, f"{path}.canned_answers")
    for agent in pool.agents:
        if not 1 <= agent.capacity <= 50:
            errors.append(f"{path}.agents[{agent.id}].capacity: must be 1 to 50")
        errors += _errors_of(agent, f"{path}.agents[{agent.id}]", known, pool.skills)
    return errors


def flows_of(pool: PoolConfig) -> tuple[Flow, ...]:
    """The pool's flows, each with the hours of the pool that it names and does not have itself."""
    return tuple(with_hours(flow, pool.hours) for flow in pool.flows)


def _errors_of_bot(pool: PoolConfig, path: str) -> list[str]:
    """It has a queue to hand over to."""
    if pool.bot is None:
        return []
    path, known = f"{path}.bot.queues", {queue.name for queue in pool.queues}
    return [
        *([] if pool.bot.queues else [f"{path}: at least one is needed, to hand over to"]),
        *_repeated(path, list(pool.bot.queues)),
        *(f"{path}: no queue {name!r} in this pool" for name in pool.bot.queues if name not in known),
    ]


def _errors_of_names(pool: PoolConfig, path: str) -> list[str]:
    """A name is asked for, stored and shown: it is there, it is not long, and Postgres takes it."""
    named = [
        ("pool", pool.pool),
        *(("queues", queue.name) for queue in pool.queues),
        *(("skills", skill) for skill in pool.skills),
        *(("hours", hours.name) for hours in pool.hours),
        *(("agents", agent.id) for agent in pool.agents),
        *((f"agents[{agent.id}].name", agent.name) for agent in pool.agents),
        *(("moves", name) for name in pool.moves),
        *(
            (f"queues[{queue.name}].overflow_to", queue.overflow_to)
            for queue in pool.queues
            if queue.overflow_to
        ),
    ]
    return [
        f"{path}.{what}: {name[:_SHOWN]!r} must have 1 to {MAX_NAME} characters, none of them NUL"
        for what, name in named
        if not 1 <= len(name) <= MAX_NAME or "\0" in name
    ]


def _errors_of_moves(pool: PoolConfig, path: str) -> list[str]:
    known = {queue.name for queue in pool.queues}
    return [
        *(f"{path}.moves[{name}]: the queue is not deleted" for name in pool.moves if name in known),
        *(
            f"{path}.moves[{name}]: no queue {to!r} in this pool"
            for name, to in pool.moves.items()
            if to not in known
        ),
    ]


def _errors_of_overflow(queue: Queue, path: str, queues: Mapping[str, Queue]) -> list[str]:
    """Overflow has a queue to go to, and comes to an end."""
    path = f"{path}.queues[{queue.name}].overflow_to"
    if Overload.OVERFLOW not in (queue.when_full, queue.when_late, queue.when_unstaffed, queue.when_closed):
        return []
    if queue.overflow_to not in queues:
        return [f"{path}: no queue {queue.overflow_to!r} in this pool"]
    seen, at = [queue.name], queue.overflow_to
    while at in queues and at not in seen:
        seen.append(at)
        at = queues[at].overflow_to
    return [f"{path}: goes round in a circle: {' → '.join([*seen, at])}"] if at == queue.name else []


def _errors_of(agent: Agent, path: str, queues: Set[str], skills: Collection[str]) -> list[str]:
    return [
        *_repeated(f"{path}.queues", list(agent.queues)),
        *_repeated(f"{path}.channels", [channel.value for channel in agent.channels]),
        *(f"{path}.queues: no queue {name!r} in this pool" for name in agent.queues if name not in queues),
        *(
            f"{path}.ranks: {name!r} is none of its queues"
            for name in agent.ranks
            if name not in agent.queues
        ),
        *(f"{path}.skills: no skill {name!r} in this pool" for name in agent.skills if name not in skills),
    ]


decode_configuration = msgspec.json.Decoder(Configuration).decode
decode_pool = msgspec.json.Decoder(PoolConfig).decode
