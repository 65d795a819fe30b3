"""Events of one pool, written by hand: seconds from a full hour on."""

from typing import Any

from schemas.audit import Decided, RoutingEvent
from schemas.states import Presence

HOUR_MS = 1_700_002_800_000
"""The beginning of an hour in UTC, and of any interval that divides one."""


def at(seconds: float) -> int:
    """That long after the hour began, Unix milliseconds."""
    return HOUR_MS + int(seconds * 1000)


def event(seconds: float, decided: Decided, contact: str = "", **more: Any) -> RoutingEvent:
    """One decision of the pool `p`; a contact's is in the queue `q` where nothing else is said."""
    said: dict[str, Any] = {"queue": "q" if contact else "", **more}
    return RoutingEvent(pool="p", event=decided, contact_id=contact, at_ms=at(seconds), **said)


def presence(
    seconds: float, agent: str, said: Presence = Presence.ROUTABLE, capacity: int = 1, **more: Any
) -> RoutingEvent:
    """The agent's presence from then on."""
    return event(seconds, Decided.PRESENCE, agent_id=agent, presence=said, capacity=capacity, **more)


def enqueued(seconds: float, contact: str, **more: Any) -> RoutingEvent:
    return event(seconds, Decided.ENQUEUED, contact, **more)


def offered(seconds: float, contact: str, agent: str, **more: Any) -> RoutingEvent:
    return event(seconds, Decided.OFFERED, contact, agent_id=agent, **{"capacity": 1, **more})


def assigned(seconds: float, contact: str, agent: str, **more: Any) -> RoutingEvent:
    return event(seconds, Decided.ASSIGNED, contact, agent_id=agent, **{"capacity": 1, **more})


def wrapping(seconds: float, contact: str, agent: str, **more: Any) -> RoutingEvent:
    return event(seconds, Decided.WRAPPING, contact, agent_id=agent, **{"capacity": 1, **more})


def completed(seconds: float, contact: str, agent: str, **more: Any) -> RoutingEvent:
    return event(seconds, Decided.COMPLETED, contact, agent_id=agent, **{"capacity": 1, **more})


def requeued(seconds: float, contact: str, agent: str, reason: str, **more: Any) -> RoutingEvent:
    return event(seconds, Decided.REQUEUED, contact, agent_id=agent, reason=reason, **{"capacity": 1, **more})


def canceled(seconds: float, contact: str, reason: str = "customer_abandoned", **more: Any) -> RoutingEvent:
    return event(seconds, Decided.CANCELED, contact, reason=reason, **more)


def served(
    contact: str, agent: str, came: float, accepted: float, hung_up: float, done: float, **more: Any
) -> list[RoutingEvent]:
    """A contact's whole way; it was offered 2 s before it was accepted."""
    return [
        enqueued(came, contact, **more),
        offered(max(came, accepted - 2), contact, agent, **more),
        assigned(accepted, contact, agent, **more),
        wrapping(hung_up, contact, agent, **more),
        completed(done, contact, agent, **more),
    ]
