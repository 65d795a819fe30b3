"""routing.commands and routing.events (keyed by pool) and agent.assignments (keyed by agent_id)."""

import msgspec

from schemas.codec import Record, SetRules, Tick
from schemas.config import PoolConfig
from schemas.conversation import Requirement
from schemas.limits import Priority, Seconds, Text
from schemas.states import Channel, ContactState, Presence

# Commands


class SkillStep(msgspec.Struct, frozen=True, gc=False):
    """After the step before it has waited in vain: these skills, for `for_s` seconds; 0 is for good."""

    skills: tuple[Requirement, ...]
    for_s: Seconds = 0.0


class RequestContact(Record, tag="contact.requested", kw_only=True, frozen=True):
    """A conversation asks the pool for an agent who has `skills`; where nobody came within `skills_for_s`
    (0: no end), who satisfies the first of `relaxed`, and so on, and after the last one's time anyone of
    the queue. `preferred_agent` has the contact to itself for `preferred_s`."""

    pool: str
    contact_id: str
    session_id: str
    customer_id: str
    queue: str
    channel: Channel = Channel.CHAT
    priority: Priority = 5
    skills: tuple[Requirement, ...] = ()
    skills_for_s: Seconds = 0.0
    relaxed: tuple[SkillStep, ...] = ()
    preferred_agent: str = ""
    preferred_s: Seconds = 0.0
    synthetic: bool = False


class CancelContact(Record, tag="contact.cancel", kw_only=True, frozen=True):
    """The conversation needs the agent no more; an assigned agent goes on to wrap up."""

    pool: str
    contact_id: str
    reason: str


class ForgetContact(Record, tag="contact.gone", kw_only=True, frozen=True):
    """The conversation that a result was sent to is unknown or gone: free the slot at once."""

    pool: str
    contact_id: str


class ByAgent(Record, kw_only=True, frozen=True):
    """A command of an agent; a refusal goes to the agent's feed under `request_id`."""

    pool: str
    agent_id: str
    request_id: str = ""


class SetPresence(ByAgent, tag="agent.presence", kw_only=True, frozen=True):
    """The agent's presence as said over `socket` (empty: by an operator), leased for `lease_s`.

    Offline over a socket that is not the agent's newest one is ignored.
    """

    presence: Presence
    reason: str = ""
    socket: str = ""
    lease_s: Seconds = 15.0


class RenewLease(ByAgent, tag="agent.lease", kw_only=True, frozen=True):
    """The gateway still holds the agent's socket."""

    socket: str
    lease_s: Seconds = 15.0


class AcceptOffer(ByAgent, tag="offer.accept", kw_only=True, frozen=True):
    """A stale `offer_epoch` is refused."""

    contact_id: str
    offer_epoch: int


class RejectOffer(ByAgent, tag="offer.reject", kw_only=True, frozen=True):
    """The contact goes back with its age and is not offered to this agent again for a while."""

    contact_id: str
    offer_epoch: int


class CompleteContact(ByAgent, tag="contact.complete", kw_only=True, frozen=True):
    """The agent is done with the contact, wrap-up included; the slot is free."""

    contact_id: str
    disposition: Text = ""
    note: Text = ""


class ApplyConfig(Record, tag="config.applied", kw_only=True, frozen=True):
    """The pool's configuration from here on."""

    config: PoolConfig


RoutingCommand = (
    RequestContact
    | CancelContact
    | ForgetContact
    | SetPresence
    | RenewLease
    | AcceptOffer
    | RejectOffer
    | CompleteContact
    | ApplyConfig
    | Tick
    | SetRules
)

# The feed of an agent


class ToAgent(Record, kw_only=True, frozen=True):
    """An entry of one agent's feed; `seq` counts from 1 without gap."""

    agent_id: str
    seq: int


class HeldContact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A contact in one of the agent's slots."""

    contact_id: str
    session_id: str
    customer_id: str
    queue: str
    state: ContactState
    offer_epoch: int


class AgentState(ToAgent, tag="agent.state", kw_only=True, frozen=True):
    """Everything the agent holds; sent whenever a socket says presence, so that it can start from it."""

    presence: Presence
    reason: str = ""
    contacts: tuple[HeldContact, ...] = ()


class OfferMade(ToAgent, tag="offer.made", kw_only=True, frozen=True):
    """Answer within `timeout_s` under `offer_epoch`."""

    contact_id: str
    session_id: str
    customer_id: str
    queue: str
    offer_epoch: int
    timeout_s: float


class OfferEnded(ToAgent, tag="offer.ended", kw_only=True, frozen=True):
    """`reason`: rejected, timeout or rescinded."""

    contact_id: str
    reason: str


class AssignmentMade(ToAgent, tag="assignment.made", kw_only=True, frozen=True):
    """The accept held: the contact is this agent's."""

    contact_id: str
    session_id: str
    customer_id: str
    queue: str
    offer_epoch: int


class AssignmentEnded(ToAgent, tag="assignment.ended", kw_only=True, frozen=True):
    """`reason`: wrapping (the customer is gone, complete it), completed, or why the slot was freed."""

    contact_id: str
    reason: str


class CommandRefused(ToAgent, tag="command.refused", kw_only=True, frozen=True):
    """The agent's command changed nothing."""

    request_id: str
    reason: str


AgentFeed = AgentState | OfferMade | OfferEnded | AssignmentMade | AssignmentEnded | CommandRefused

# The audit


class RoutingEvent(Record, tag="routing.decided", kw_only=True, frozen=True):
    """One decision of a pool. `held` and `capacity` are the agent's load and its bound after it."""

    pool: str
    event: str
    reason: str = ""
    contact_id: str = ""
    queue: str = ""
    agent_id: str = ""
    offer_epoch: int = 0
    at_ms: int = 0
    held: int = 0
    capacity: int = 0
    synthetic: bool = False


decode_command = msgspec.json.Decoder(RoutingCommand).decode
decode_feed = msgspec.json.Decoder(AgentFeed).decode
decode_audit = msgspec.json.Decoder(RoutingEvent).decode
