"""The states that records name, one vocabulary for all parts (docs/states.md has every transition)."""

from enum import StrEnum


class ConversationState(StrEnum):
    """Where a conversation stands; written by its owner in streams.conversations alone."""

    BOT = "bot"
    IVR = "ivr"
    SCHEDULED = "scheduled"
    WAITING = "waiting"
    OFFERED = "offered"
    ACTIVE = "active"
    WRAPPING = "wrapping"
    CLOSED = "closed"


class ContactState(StrEnum):
    """Where a contact (one request for an agent) stands; written by streams.routing alone."""

    PENDING = "pending"
    RESERVED = "reserved"
    ASSIGNED = "assigned"
    WRAPPING = "wrapping"
    COMPLETED = "completed"
    CANCELED = "canceled"


class OfferState(StrEnum):
    """What became of an offer."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    TIMEOUT = "timeout"
    RESCINDED = "rescinded"
    COMPLETED = "completed"


class ConsultationStatus(StrEnum):
    """`consultations.status`; all but `open` are terminal."""

    OPEN = "open"
    COMPLETED = "completed"
    ABANDONED = "abandoned"
    BOT_RESOLVED = "bot_resolved"
    EXPIRED = "expired"
    OVERFLOW = "overflow"
    REFUSED = "refused"
    FAILED = "failed"


class Presence(StrEnum):
    """Whether an agent can be offered work."""

    ROUTABLE = "routable"
    CUSTOM = "custom"
    OFFLINE = "offline"


class Role(StrEnum):
    """Who wrote a message."""

    CUSTOMER = "customer"
    AGENT = "agent"
    BOT = "bot"
    SYSTEM = "system"


class Channel(StrEnum):
    """How the customer reaches the contact center."""

    CHAT = "chat"
    VOICE = "voice"


class Choice(StrEnum):
    """How a queue chooses among the free agents who may serve a contact; ties by longest idle, then id."""

    LONGEST_IDLE = "longest_idle"
    LEAST_LOADED = "least_loaded"
    HIGHEST_PROFICIENCY = "highest_proficiency"
    ROUND_ROBIN = "round_robin"


class Overload(StrEnum):
    """What a queue does with a contact that is too much for it."""

    REFUSE = "refuse"
    OVERFLOW = "overflow"
    CALLBACK = "callback"
    MESSAGE = "message"


class Verdict(StrEnum):
    """What became of a command that somebody waits for."""

    ACCEPTED = "accepted"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    EXPIRED = "expired"
