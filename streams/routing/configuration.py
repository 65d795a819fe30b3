"""A pool's configuration changes: nobody who waits is lost."""

from msgspec.structs import replace

from schemas.audit import Decided
from schemas.config import PoolConfig
from schemas.states import Presence
from streams.routing.agents import go_offline
from streams.routing.claims import release
from streams.routing.decision import Decision
from streams.routing.matching import match_agent
from streams.routing.state import REMOVED, AgentStatus


def apply_config(decision: Decision, config: PoolConfig) -> None:
    """From here on the pool is as `config` says; an older version, or another pool's, changes nothing.

    A queue that somebody waits in stays until its last contact has left it.
    """
    pool = decision.pool
    if config.pool != pool.name or (pool.config is not None and config.version <= pool.config.version):
        decision.record(Decided.REFUSED, reason=f"config version {config.version}")
        return
    names = {queue.name for queue in config.queues}
    used = {contact.queue for contact in pool.contacts.values()} - names
    kept = tuple(queue for queue in (pool.config.queues if pool.config else ()) if queue.name in used)
    pool.configure(replace(config, queues=(*config.queues, *kept)))
    for contact in pool.pending():
        release(decision, contact, "configured")
    decision.record(Decided.CONFIGURED, reason=f"version {config.version}")
    for agent_id in sorted(pool.agents.keys() - {agent.id for agent in config.agents}):
        _leave(decision, pool.agents[agent_id])
    for agent in sorted(pool.agents.values(), key=lambda agent: (agent.idle_since_ms, agent.agent_id)):
        match_agent(decision, agent)


def _leave(decision: Decision, agent: AgentStatus) -> None:
    """The agent is no longer configured: what is held goes back, or is done. The status stays: should the
    agent return, the feed goes on where it was."""
    if (agent.presence, agent.reason) != (Presence.OFFLINE, REMOVED):
        go_offline(decision, agent, REMOVED)
