"""A recording's outside under another configuration."""

from collections.abc import Iterable

from msgspec.structs import replace

from schemas.config import Agent, PoolConfig
from schemas.routing import ApplyConfig, SetPresence
from schemas.states import Presence
from streams.harness.decider import FOREVER_S
from streams.insight.recording import Recording, Timed


class Unchangeable(ValueError):
    """The change can't be made; the text says why."""


def newest_config(recording: Recording) -> PoolConfig:
    """The last configuration of the record. Raises Unchangeable where there is none."""
    found = [command.config for _, command in recording.outside if isinstance(command, ApplyConfig)]
    if not found:
        raise Unchangeable(f"the log has no configuration of the pool {recording.pool!r}")
    return found[-1]


def with_agents(config: PoolConfig, more: int, queue: str) -> PoolConfig:
    """So many agents more in the queue, each as one of those it has, in turn; or so many fewer, the last
    ones first. Raises Unchangeable."""
    own = [agent for agent in config.agents if queue in agent.queues and not agent.synthetic]
    if not own or -more > len(own):
        raise Unchangeable(f"the queue {queue!r} has {len(own)} agents")
    if more < 0:
        gone = {agent.id for agent in own[more:]}
        return replace(config, agents=tuple(agent for agent in config.agents if agent.id not in gone))
    return replace(config, agents=(*config.agents, *_copies(own, more)))


def _copies(own: list[Agent], more: int) -> Iterable[Agent]:
    for number in range(more):
        name = f"what-if-{number + 1}"
        yield replace(own[number % len(own)], id=name, name=name)


def under(recording: Recording, config: PoolConfig) -> list[Timed]:
    """The outside with `config` in place of the first configuration, and none later. Agents whom no recorded
    configuration has are routable from the beginning to the end; of all others presence is as recorded."""
    known: set[str] = set()
    for _, command in recording.outside:
        if isinstance(command, ApplyConfig):
            known |= {agent.id for agent in command.config.agents}
    added = [agent.id for agent in config.agents if agent.id not in known]
    changed: list[Timed] = []
    applied = False
    for at_ms, command in recording.outside:
        if not isinstance(command, ApplyConfig):
            changed.append((at_ms, command))
        elif not applied:
            applied = True
            changed.append((at_ms, ApplyConfig(config=replace(config, version=1))))
            changed += [(at_ms, _routable(recording.pool, agent_id)) for agent_id in added]
    return changed


def _routable(pool: str, agent_id: str) -> SetPresence:
    return SetPresence(pool=pool, agent_id=agent_id, presence=Presence.ROUTABLE, lease_s=FOREVER_S)
