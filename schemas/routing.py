"""routing.commands, keyed by pool."""

from collections.abc import Mapping

import msgspec

from schemas.codec import ApplyVersion, Record, Tick
from schemas.config import PoolConfig
from schemas.limits import PartitionNumber, Personal, Priority, Seconds, Text
from schemas.needs import Request, Requirement, SkillStep
from schemas.states import Channel, Presence
from schemas.switches import Switch


class Transfer(msgspec.Struct, frozen=True, gc=False):
    """Which contact it continues, who handed it over, and what was said along with it."""

    contact_id: str
    agent_id: str
    note: Personal[str] = ""


class RequestContact(Record, tag="contact.requested", kw_only=True, frozen=True):
    """A conversation asks the pool for an agent, by the fields of a Request. It has waited for `age_s`
    already; `left_out` were tried in vain of late; `transfer` says whose contact it continues. Its agent
    is told the `attributes`."""

    pool: str
    contact_id: str
    session_id: str
    customer_id: Personal[str]
    queue: str
    channel: Channel = Channel.CHAT
    priority: Priority = 5
    skills: tuple[Requirement, ...] = ()
    skills_for_s: Seconds = 0.0
    relaxed: tuple[SkillStep, ...] = ()
    preferred_agent: str = ""
    preferred_s: Seconds = 0.0
    synthetic: bool = False
    age_s: Seconds = 0.0
    left_out: tuple[str, ...] = ()
    transfer: Transfer | None = None
    attributes: Mapping[str, Personal[str]] = {}


class CancelContact(Record, tag="contact.cancel", kw_only=True, frozen=True):
    """The conversation needs the agent no more; an assigned agent goes on to wrap up."""

    pool: str
    contact_id: str
    reason: str


class ForgetContact(Record, tag="contact.gone", kw_only=True, frozen=True):
    """The conversation that a result was sent to is unknown or gone: free the slot at once."""

    pool: str
    contact_id: str


class Requested(Record, kw_only=True, frozen=True):
    """A command of a person. With `reply_to` (a gateway's id) the verdict goes to routing.answers.

    A command appended after `valid_until_ms` (Unix, broker time; 0: no limit) is refused as expired.
    """

    pool: str
    request_id: str = ""
    reply_to: str = ""
    valid_until_ms: int = 0


class ByAgent(Requested, kw_only=True, frozen=True):
    """A command of an agent; a refusal goes to the agent's feed under `request_id`, too."""

    agent_id: str


class SetPresence(ByAgent, tag="agent.presence", kw_only=True, frozen=True):
    """The agent's presence as said over `socket` (empty: by an operator), leased for `lease_s`.

    Offline over a socket that is not the agent's newest one is ignored. With `opens` it is a socket that says
    so by itself: who is away, or was when the last one was lost, stays away.
    """

    presence: Presence
    reason: Text = ""
    socket: str = ""
    lease_s: Seconds = 15.0
    opens: bool = False


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
    note: Personal[Text] = ""


class TransferContact(ByAgent, tag="contact.transfer", kw_only=True, frozen=True):
    """The agent hands an assigned contact over: to `queue` of `to_pool` on `to_partition` (its own pool
    where empty), or to `to_agent` of the own pool, who has it alone for `wait_s`, then whoever serves the
    queue. The contact goes on as a new one of the conversation with its age; the agent wraps up."""

    contact_id: str
    queue: str = ""
    to_agent: str = ""
    to_pool: str = ""
    to_partition: PartitionNumber = 0
    wait_s: Seconds = 60.0
    note: Personal[Text] = ""


class BySupervisor(Requested, kw_only=True, frozen=True):
    """A command of a supervisor, whom the audit names."""

    supervisor: Text


class MoveContact(BySupervisor, tag="contact.move", kw_only=True, frozen=True):
    """A contact that nobody has accepted yet waits in another queue of the pool, with its age."""

    contact_id: str
    queue: str


class AssignContact(BySupervisor, tag="contact.assign", kw_only=True, frozen=True):
    """A contact that nobody has accepted yet is offered to this agent, whatever its skills and queues, if
    there is room."""

    contact_id: str
    agent_id: str


class PrioritizeContact(BySupervisor, tag="contact.prioritize", kw_only=True, frozen=True):
    """A contact gets another priority."""

    contact_id: str
    priority: Priority


class ForcePresence(BySupervisor, tag="presence.force", kw_only=True, frozen=True):
    """An agent's presence as the supervisor says; only who is there can be made routable."""

    agent_id: str
    presence: Presence
    reason: Text = ""


class ListenIn(BySupervisor, tag="contact.listen", kw_only=True, frozen=True):
    """The supervisor may listen to an assigned contact until it ends, or no more."""

    contact_id: str
    listening: bool = True


class ExplainContact(Requested, tag="contact.explain", kw_only=True, frozen=True):
    """Changes nothing: what becomes of the contact `contact_id`, or of a `request` if it came now."""

    contact_id: str = ""
    request: Request | None = None


class ShowPool(Requested, tag="pool.show", kw_only=True, frozen=True):
    """Changes nothing: everything that is in the pool now, and how far its events have come."""


class ApplyConfig(Record, tag="config.applied", kw_only=True, frozen=True):
    """The pool's configuration from here on."""

    config: PoolConfig


class ApplySwitch(Record, tag="switch.applied", kw_only=True, frozen=True):
    """How a switch stands from here on; an older version than the known one changes nothing."""

    pool: str
    switch: Switch


PersonsCommand = (
    SetPresence
    | RenewLease
    | AcceptOffer
    | RejectOffer
    | CompleteContact
    | TransferContact
    | MoveContact
    | AssignContact
    | PrioritizeContact
    | ForcePresence
    | ListenIn
    | ExplainContact
)
RoutingCommand = (
    RequestContact
    | CancelContact
    | ForgetContact
    | PersonsCommand
    | ShowPool
    | ApplyConfig
    | ApplySwitch
    | Tick
    | ApplyVersion
)

decode_command = msgspec.json.Decoder(RoutingCommand).decode
