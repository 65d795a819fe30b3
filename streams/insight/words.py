"""Commands and decisions in words, a line each."""

from collections.abc import Iterator

from schemas.audit import RoutingEvent
from schemas.codec import type_of
from schemas.routing import ApplyConfig, RequestContact, RoutingCommand
from streams.insight.history import Step

_TOLD = ("agent_id", "supervisor", "contact_id", "queue", "to_agent", "presence", "offer_epoch", "reason")


def command_words(command: RoutingCommand | None) -> str:
    """What was asked for."""
    match command:
        case None:
            return "refused: a dead letter"
        case ApplyConfig(config=config):
            return (
                f"config.applied version={config.version} queues={len(config.queues)}"
                f" agents={len(config.agents)}"
            )
        case RequestContact():
            more = [f"{skill.skill}>={skill.level}" for skill in command.skills]
            said = f"contact.requested contact={command.contact_id} queue={command.queue}"
            return " ".join([said, command.channel.value, f"priority={command.priority}", *more])
        case _:
            told = [(name, getattr(command, name, "")) for name in _TOLD]
            words = [f"{name.removesuffix('_id')}={value}" for name, value in told if value]
            return " ".join([type_of(command), *words])


def event_words(event: RoutingEvent) -> str:
    """What was decided and why."""
    load = f"holds {event.held} of {event.capacity}" if event.agent_id and event.capacity else ""
    epoch = f"epoch {event.offer_epoch}" if event.agent_id and event.contact_id else ""
    words = [
        event.event.value,
        event.contact_id,
        f"in {event.queue}" if event.queue else "",
        f"agent {event.agent_id}" if event.agent_id else "",
        event.presence.value if event.presence else "",
        f"by {event.by}" if event.by else "",
        f"({'; '.join(filter(None, (event.reason, load, epoch)))})" if event.reason or load else "",
    ]
    return " ".join(filter(None, words))


def concerns(step: Step, pool: str, contact_id: str) -> bool:
    """Whether the record, or what was decided on it, is about the pool and the contact; empty: any."""
    if pool and pool != step.pool and all(event.pool != pool for event in step.events):
        return False
    if not contact_id:
        return True
    asked = getattr(step.command, "contact_id", "") == contact_id
    return asked or any(event.contact_id == contact_id for event in step.events)


def decisions(step: Step, pool: str, contact_id: str) -> Iterator[str]:
    """The decisions of the step about the pool and the contact."""
    for event in step.events:
        if (not pool or event.pool == pool) and (not contact_id or event.contact_id == contact_id):
            yield event_words(event)
