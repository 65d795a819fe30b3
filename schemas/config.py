"""Pools, queues and agents as they are configured: the records of the topic `config`, and their rules."""

from typing import Annotated

import msgspec

from schemas.limits import PartitionNumber, Seconds, Version
from schemas.topics import PARTITIONS


class ConfigError(ValueError):
    """The configuration is refused; the text names the path of each error."""


class Queue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where contacts wait. Times in seconds."""

    name: str
    offer_timeout_s: Seconds = 20.0
    wrap_up_s: Seconds = 30.0
    reject_pause_s: Seconds = 60.0
    auto_accept: bool = False


class Agent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A person who serves contacts: of one pool, in some of its queues, `capacity` contacts at once."""

    id: str
    name: str
    queues: tuple[str, ...]
    capacity: Annotated[int, msgspec.Meta(ge=1, le=50)] = 1
    synthetic: bool = False


class PoolConfig(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The unit of routing; `partition` of routing.commands is its home for good."""

    pool: str
    partition: PartitionNumber
    version: Version = 1
    queues: tuple[Queue, ...] = ()
    agents: tuple[Agent, ...] = ()
    lease_grace_s: Seconds = 10.0
    not_responding_s: Seconds = 60.0


class Configuration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole configuration file."""

    pools: tuple[PoolConfig, ...]

    def check(self) -> None:
        """Raises ConfigError unless names are unique, references hold and numbers are in range."""
        errors = [
            *_repeated("pools", [pool.pool for pool in self.pools]),
            *_repeated("queues", [queue.name for pool in self.pools for queue in pool.queues]),
            *_repeated("agents", [agent.id for pool in self.pools for agent in pool.agents]),
        ]
        for pool in self.pools:
            errors += _errors_in(pool)
        if errors:
            raise ConfigError("\n".join(errors))


def _repeated(what: str, names: list[str]) -> list[str]:
    return [
        f"{what}: {name!r} stands {names.count(name)} times"
        for name in sorted(set(names))
        if names.count(name) > 1
    ]


def _errors_in(pool: PoolConfig) -> list[str]:
    path = f"pools[{pool.pool}]"
    known = {queue.name for queue in pool.queues}
    errors = []
    if not 0 <= pool.partition < PARTITIONS:
        errors.append(f"{path}.partition: {pool.partition} is not in 0..{PARTITIONS - 1}")
    for queue in pool.queues:
        if queue.offer_timeout_s <= 0:
            errors.append(f"{path}.queues[{queue.name}].offer_timeout_s: must be above 0")
    for agent in pool.agents:
        if not 1 <= agent.capacity <= 50:
            errors.append(f"{path}.agents[{agent.id}].capacity: must be 1 to 50")
        for queue_name in agent.queues:
            if queue_name not in known:
                errors.append(f"{path}.agents[{agent.id}].queues: no queue {queue_name!r} in this pool")
    return errors


decode_configuration = msgspec.json.Decoder(Configuration).decode
decode_pool = msgspec.json.Decoder(PoolConfig).decode
