"""agent.assignments, keyed by agent_id: what each agent is told."""

from collections.abc import Mapping

import msgspec

from schemas.codec import Record
from schemas.limits import Personal
from schemas.routing import Transfer
from schemas.states import Channel, ContactState, Presence


class ToAgent(Record, kw_only=True, frozen=True):
    """An entry of one agent's feed; `seq` counts from 1 without gap."""

    agent_id: str
    seq: int


class HeldContact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A contact in one of the agent's slots."""

    contact_id: str
    session_id: str
    customer_id: Personal[str]
    queue: str
    state: ContactState
    offer_epoch: int
    transfer: Transfer | None = None
    channel: Channel = Channel.CHAT
    attributes: Mapping[str, Personal[str]] = {}


class AgentState(ToAgent, tag="agent.state", kw_only=True, frozen=True):
    """Everything the agent holds; sent whenever a socket says presence, so that it can start from it."""

    presence: Presence
    reason: str = ""
    contacts: tuple[HeldContact, ...] = ()


class OfferMade(ToAgent, tag="offer.made", kw_only=True, frozen=True):
    """Answer within `timeout_s` under `offer_epoch`; `transfer` says whose contact it continues, `attributes`
    what a call's flow has learned."""

    contact_id: str
    session_id: str
    customer_id: Personal[str]
    queue: str
    offer_epoch: int
    timeout_s: float
    transfer: Transfer | None = None
    channel: Channel = Channel.CHAT
    attributes: Mapping[str, Personal[str]] = {}


class OfferEnded(ToAgent, tag="offer.ended", kw_only=True, frozen=True):
    """`reason`: rejected, timeout or rescinded, or why the agent is lost."""

    contact_id: str
    reason: str


class AssignmentMade(ToAgent, tag="assignment.made", kw_only=True, frozen=True):
    """The accept held: the contact is this agent's."""

    contact_id: str
    session_id: str
    customer_id: Personal[str]
    queue: str
    offer_epoch: int
    transfer: Transfer | None = None
    channel: Channel = Channel.CHAT
    attributes: Mapping[str, Personal[str]] = {}


class AssignmentEnded(ToAgent, tag="assignment.ended", kw_only=True, frozen=True):
    """`reason`: wrapping (the customer is gone, complete it), completed, or why the slot was freed."""

    contact_id: str
    reason: str


class CommandRefused(ToAgent, tag="command.refused", kw_only=True, frozen=True):
    """The agent's command changed nothing."""

    request_id: str
    reason: str


AgentFeed = AgentState | OfferMade | OfferEnded | AssignmentMade | AssignmentEnded | CommandRefused

decode_feed = msgspec.json.Decoder(AgentFeed).decode
