"""A pool's configuration changes: nobody who waits is lost."""

from collections.abc import Collection

from msgspec.structs import replace

from schemas.audit import Decided
from schemas.config import PoolConfig
from schemas.needs import Requirement
from schemas.states import ContactState, Presence
from streams.routing import flows
from streams.routing.agents import go_offline
from streams.routing.claims import release
from streams.routing.decision import Decision
from streams.routing.matching import match_agent
from streams.routing.pool import Pool
from streams.routing.positions import say_queued
from streams.routing.state import REMOVED, AgentStatus, Contact


def apply_config(decision: Decision, config: PoolConfig) -> None:
    """From here on the pool is as `config` says. It stays as it was where the configuration is another
    pool's or not newer, and where it deletes a queue that contacts are in without saying where they go."""
    pool = decision.pool
    if why := _unfit(pool, config):
        decision.record(Decided.REFUSED, reason=why)
        return
    config = replace(config, moves=_moves(pool.config, config))
    changed = [(contact, *what) for contact in pool.contacts.values() for what in follow(contact, config)]
    for contact, event, _ in changed:
        if event is Decided.MOVED:
            contact.entered_ms = decision.at_ms  # its time in this queue begins; its place keeps the age
    pool.configure(config)
    for contact in pool.pending():
        release(decision, contact, "configured")
    flows.configured(decision)
    decision.record(Decided.CONFIGURED, reason=f"version {config.version}")
    for contact, event, reason in changed:
        _say_changed(decision, contact, event, reason)
    decision.matches = False  # who comes back from an agent that is gone takes nobody's turn
    for agent_id in sorted(pool.agents.keys() - {agent.id for agent in config.agents}):
        _leave(decision, pool.agents[agent_id])
    decision.matches = True
    for contact in pool.pending():
        if contact.preferred and not pool.waiting.mask(contact):
            _give_up_preferred(decision, contact)
    for agent in sorted(pool.agents.values(), key=lambda agent: (agent.idle_since_ms, agent.agent_id)):
        match_agent(decision, agent)


def follow(contact: Contact, config: PoolConfig) -> list[tuple[Decided, str]]:
    """Puts a contact that stands in no line under `config`: into the queue that its own one moves to, and
    without skills that are deleted, which nobody could ever have. The rest of what it asks for stays, and
    so do its age and its steps. What was changed, and why."""
    done = []
    if contact.queue in config.moves:
        done.append((Decided.MOVED, f"queue {contact.queue} deleted"))
        contact.queue = config.moves[contact.queue]
    steps = (contact.skills, *(step.skills for step in contact.relaxed))
    deleted = {one.skill for needs in steps for one in needs}.difference(config.skills)
    if deleted:
        done.append((Decided.RELAXED, f"skill {', '.join(sorted(deleted))} deleted"))
        contact.skills = _without(deleted, contact.skills)
        contact.relaxed = tuple(
            replace(step, skills=_without(deleted, step.skills)) for step in contact.relaxed
        )
    return done


def _without(deleted: Collection[str], needs: tuple[Requirement, ...]) -> tuple[Requirement, ...]:
    return tuple(one for one in needs if one.skill not in deleted)


def _unfit(pool: Pool, config: PoolConfig) -> str:
    """Why the configuration can't be this pool's next one."""
    version = f"config version {config.version}"
    if config.pool != pool.name or (pool.config is not None and config.version <= pool.config.version):
        return version
    names = {queue.name for queue in config.queues}
    used = {contact.queue for contact in pool.contacts.values()}
    lost = {name for name in used if name not in names and config.moves.get(name) not in names}
    return f"{version} deletes queue {', '.join(sorted(lost))}, which is in use" if lost else ""


def _moves(before: PoolConfig | None, config: PoolConfig) -> dict[str, str]:
    """Where contacts of deleted queues go, those deleted earlier included: a conversation that has had its
    agent since then may still ask for one."""
    names = {queue.name for queue in config.queues}
    earlier = before.moves if before else {}
    every = {name: config.moves.get(to, to) for name, to in earlier.items()} | config.moves
    return {name: to for name, to in every.items() if name not in names and to in names}


def _say_changed(decision: Decision, contact: Contact, event: Decided, reason: str) -> None:
    decision.record(event, contact, contact.agent_id, reason)
    if event is Decided.MOVED and contact.state is ContactState.PENDING:
        say_queued(decision, contact)


def _give_up_preferred(decision: Decision, contact: Contact) -> None:
    """The agent whom the contact has to itself does not serve it any more."""
    decision.pool.step_to(contact, 0, decision.at_ms)
    decision.record(Decided.RELAXED, contact, reason="step 0")


def _leave(decision: Decision, agent: AgentStatus) -> None:
    """The agent is no longer configured: what is held goes back, or is done. The status stays: should the
    agent return, the feed goes on where it was."""
    if (agent.presence, agent.reason) != (Presence.OFFLINE, REMOVED):
        go_offline(decision, agent, REMOVED)
