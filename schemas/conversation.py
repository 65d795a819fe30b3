"""conversation.commands and conversation.events, both keyed by session_id."""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from schemas.answers import RoutingAnswered
from schemas.attachments import Attachment
from schemas.bot import BotAnswered, BotPlan
from schemas.calls import CallTold, QueueHome
from schemas.codec import ApplyVersion, Record, Tick
from schemas.flows import Flow
from schemas.limits import PartitionNumber, Personal, Priority, Rating, Seconds, Text
from schemas.needs import Requirement, SkillStep
from schemas.routing import PersonsCommand
from schemas.states import (
    Channel,
    ConsultationStatus,
    ConversationState,
    Role,
    Verdict,
)


class Policy(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A conversation's time limits, stamped by the gateway on its first record; seconds.

    A call in its flow of which nothing is heard for `ivr_idle_s` is over; one with an agent, of which nothing
    need be heard, after `call_limit_s`.
    Who is to be called back is tried `callback_tries` times, `callback_pause_s` apart, until
    `callback_expires_s` after it was asked for, or after the time that was chosen.
    """

    customer_idle_s: Seconds = 600.0
    agent_idle_s: Seconds = 1800.0
    customer_grace_s: Seconds = 60.0
    ivr_idle_s: Seconds = 60.0
    call_limit_s: Seconds = 14_400.0
    callback_tries: int = 3
    callback_pause_s: Seconds = 900.0
    callback_expires_s: Seconds = 259_200.0


# Commands


class Asked(Record, kw_only=True, frozen=True):
    """A command of a client. With `reply_to` (a gateway's id) the verdict is published there.

    A command appended after `valid_until_ms` (Unix, broker time; 0: no limit) is refused as expired.
    """

    session_id: str
    request_id: str = ""
    reply_to: str = ""
    valid_until_ms: int = 0


class StartChat(Asked, tag="chat.start", kw_only=True, frozen=True):
    """Creates a conversation, as nothing else but `call.start` does. `message` may be empty. Without
    `bot` its customer writes to nobody until an agent is asked for."""

    customer_id: Personal[Text]
    message: Personal[Text] = ""
    message_id: Text = ""
    customer_name: Personal[Text] = ""
    phone: Personal[Text] = ""
    channel: Channel = Channel.CHAT
    synthetic: bool = False
    policy: Policy = Policy()
    bot: BotPlan | None = None


class StartCall(Asked, tag="call.start", kw_only=True, frozen=True):
    """Creates a conversation that is a call, in the `flow` that it keeps. `homes` has a place for each queue
    that the flow names. `input` is what the caller has pressed or said already, `waiting` how many wait in
    the queues whose length a flow asks for."""

    customer_id: Personal[Text]
    flow: Flow
    homes: dict[str, QueueHome]
    phone: Personal[Text] = ""
    call_id: Personal[Text] = ""
    input: Personal[Text] = ""
    message_id: Text = ""
    synthetic: bool = False
    policy: Policy = Policy()
    waiting: Mapping[str, int] = {}


class CallInput(Asked, tag="call.input", kw_only=True, frozen=True):
    """What the caller has pressed or said: "" is silence, None asks no more than how the call stands. A
    `message_id` that was heard before changes nothing. `agent_id` is of the agent who has the call and whose
    telephone was not reached: it waits again."""

    message_id: Text
    input: Personal[Text | None] = None
    waiting: Mapping[str, int] = {}
    agent_id: Text = ""


class AskCallback(Asked, tag="callback.ask", kw_only=True, frozen=True):
    """The customer need not wait on: the contact keeps its age, or becomes one at `at_ms` (Unix, 0: in turn),
    or once the queue is open. Of who does not wait yet, in the queue at `home`. With a `message` it is that
    which is left. `phone` is where to call."""

    home: QueueHome
    message_id: Text
    at_ms: Annotated[int, msgspec.Meta(ge=0, le=2**53)] = 0
    phone: Personal[Text] = ""
    message: Personal[Text] = ""


class PostMessage(Asked, tag="chat.message", kw_only=True, frozen=True):
    """A message of the customer, of the assigned agent (`sender_id`) or of the bot. With `bot_off` the bot is
    not asked, as when it does not answer."""

    message_id: Text
    text: Personal[Text]
    role: Role = Role.CUSTOMER
    sender_id: Personal[Text] = ""
    bot_off: bool = False
    attachments: tuple[Attachment, ...] = ()


class ConnectAgent(Asked, tag="agent.connect", kw_only=True, frozen=True):
    """The customer asks for a person, by the fields of a Request. The gateway resolves the queue's pool and
    its partition."""

    pool: str
    pool_partition: PartitionNumber
    queue: str
    priority: Priority = 5
    skills: tuple[Requirement, ...] = ()
    skills_for_s: Seconds = 0.0
    relaxed: tuple[SkillStep, ...] = ()
    preferred_agent: Text = ""
    preferred_s: Seconds = 0.0


class EndConversation(Asked, tag="conversation.end", kw_only=True, frozen=True):
    """The customer ends the conversation."""

    reason: str = "customer"


class RateConversation(Asked, tag="chat.rate", kw_only=True, frozen=True):
    """The customer's opinion of a conversation that is over; to its session, which passes it on to the
    entity of its rating."""

    rating: Rating
    comment: Personal[Text] = ""


class AddNote(Asked, tag="agent.note", kw_only=True, frozen=True):
    """A note of the agent who has the contact, hidden from the customer."""

    agent_id: Text
    text: Personal[Text]


class AddWhisper(Asked, tag="supervisor.whisper", kw_only=True, frozen=True):
    """A supervisor's word to the agent who has the contact, hidden from the customer: of a conversation in
    `pool`, for which it was checked who asks."""

    pool: Text
    supervisor: Text
    text: Personal[Text]


class AskStatus(Asked, tag="chat.status", kw_only=True, frozen=True):
    """Changes nothing: whether the session is, and in which state."""


class EraseConversation(Record, tag="conversation.erase", kw_only=True, frozen=True):
    """The customer is to be forgotten: the session ends where it is open, and keeps nothing personal. Said by
    the persister; again, with the same effect."""

    session_id: str


class CustomerSocket(Record, tag="customer.socket", kw_only=True, frozen=True):
    """The customer's socket opened or closed; a lost one starts the grace time."""

    session_id: str
    socket: str
    connected: bool


class ContactNews(Record, kw_only=True, frozen=True):
    """What became of a contact, said by the pool that routes it."""

    session_id: str
    contact_id: str
    pool: str
    pool_partition: PartitionNumber


class ContactQueued(ContactNews, tag="contact.queued", kw_only=True, frozen=True):
    """The contact waits in `queue`; `position` counts from 1. The estimates: every other wait is
    over within `estimated_wait_s`, nine in ten within `estimated_wait_high_s`."""

    position: int
    queue: str = ""
    estimated_wait_s: float | None = None
    estimated_wait_high_s: float | None = None


class ContactOffered(ContactNews, tag="contact.offered", kw_only=True, frozen=True):
    """An agent is being asked."""

    agent_id: str


class ContactRequeued(ContactNews, tag="contact.requeued", kw_only=True, frozen=True):
    """The offer or assignment ended without service; the contact waits again with its age."""

    reason: str


class ContactAssigned(ContactNews, tag="contact.assigned", kw_only=True, frozen=True):
    """The agent accepted."""

    agent_id: str
    agent_name: str


class ContactTransferred(ContactNews, tag="contact.transferred", kw_only=True, frozen=True):
    """The agent hands the contact over to `queue` of `to_pool`, to `to_agent` alone for `wait_s` where named,
    and wraps up: the conversation asks there with a new contact."""

    agent_id: str
    queue: str
    to_pool: str
    to_partition: PartitionNumber
    to_agent: str = ""
    wait_s: Seconds = 0.0
    note: Personal[str] = ""


class ContactEnded(ContactNews, tag="contact.ended", kw_only=True, frozen=True):
    """The contact is over and holds no slot any more; `outcome` is completed or canceled."""

    outcome: str
    reason: str
    agent_id: str = ""
    disposition: str = ""
    note: Personal[str] = ""


ClientsCommand = (
    StartChat
    | StartCall
    | CallInput
    | PostMessage
    | ConnectAgent
    | AskCallback
    | EndConversation
    | RateConversation
    | AddNote
    | AddWhisper
)
Keyable = ClientsCommand | PersonsCommand


class KeyedRequest(Record, tag="request.keyed", kw_only=True, frozen=True):
    """A client's command under its Idempotency-Key, to the entity `key` (schemas/keys.py), which passes it on
    once to `partition` of its own topic and remembers for `keep_s` what became of it.

    Equal requests under one key have equal request_ids, others never.
    """

    key: str
    partition: PartitionNumber
    keep_s: Seconds
    command: Keyable


class CommandAnswered(Record, tag="command.answered", kw_only=True, frozen=True):
    """The verdict on a command, for the gateway or key `reply_to`.

    `agent.connect` is answered with `status` queued, then once more with assigned or refused; a call's
    commands with ivr, waiting, active, closed or refused, and `call`.
    """

    session_id: str
    request_id: str
    reply_to: str
    verdict: Verdict
    seq: int | None = None
    message_id: str = ""
    status: str = ""
    reason: str = ""
    agent_id: str = ""
    agent_name: str = ""
    position: int | None = None
    estimated_wait_s: float | None = None
    estimated_wait_high_s: float | None = None
    call: CallTold | None = None


Answered = CommandAnswered | RoutingAnswered
ConversationCommand = (
    ClientsCommand
    | KeyedRequest
    | Answered
    | AskStatus
    | BotAnswered
    | EraseConversation
    | CustomerSocket
    | ContactQueued
    | ContactOffered
    | ContactRequeued
    | ContactAssigned
    | ContactTransferred
    | ContactEnded
    | Tick
    | ApplyVersion
)

# Events


class Leg(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One request for an agent within a conversation; times are Unix milliseconds, broker time. The agent
    first wrote at `responded_at_ms`, of which a version tells no sooner than the next one."""

    contact_id: str
    pool: str
    queue: str
    requested_at_ms: int
    assigned_at_ms: int = 0
    responded_at_ms: int = 0
    ended_at_ms: int = 0
    agent_id: str = ""
    outcome: str = ""
    reason: str = ""
    disposition: str = ""
    linked_to: str = ""


class ConsultationChanged(Record, tag="consultation.changed", kw_only=True, frozen=True):
    """The consultation as of `version`; a higher version replaces a lower one. Unix milliseconds."""

    session_id: str
    version: int
    customer_id: Personal[str]
    channel: Channel
    state: ConversationState
    status: ConsultationStatus
    started_at_ms: int
    changed_at_ms: int
    ended_at_ms: int = 0
    customer_name: Personal[str] = ""
    phone: Personal[str] = ""
    agent_id: str = ""
    pool: str = ""
    queue: str = ""
    reason: str = ""
    disposition: str = ""
    note: Personal[str] = ""
    messages: int = 0
    synthetic: bool = False
    legs: tuple[Leg, ...] = ()
    attributes: Mapping[str, Personal[str]] = {}


class MessageAdded(Record, tag="message.added", kw_only=True, frozen=True):
    """One entry of the transcript. `seq` counts from 1 without gap, events (`kind` other than text)
    included, so one number orders everything that customer, agent and database see."""

    session_id: str
    seq: int
    message_id: str
    role: Role
    sender_id: Personal[str] = ""
    kind: str = "text"
    text: Personal[str] = ""
    at_ms: int = 0
    attachments: tuple[Attachment, ...] = ()


class ConversationRated(Record, tag="conversation.rated", kw_only=True, frozen=True):
    """The customer's opinion, once; Unix milliseconds, broker time."""

    session_id: str
    rating: Rating
    comment: Personal[str] = ""
    at_ms: int = 0


class QueuePosition(Record, tag="queue.position", kw_only=True, frozen=True):
    """Where the waiting customer stands now, as in ContactQueued. For who listens at this moment: it has no
    number and is kept nowhere."""

    session_id: str
    position: int
    estimated_wait_s: float | None = None
    estimated_wait_high_s: float | None = None


class ConversationErased(Record, tag="conversation.erased", kw_only=True, frozen=True):
    """Whoever keeps anything of the session forgets it: this comes after all that was said of it before."""

    session_id: str


ConversationEvent = (
    ConsultationChanged
    | MessageAdded
    | CommandAnswered
    | QueuePosition
    | ConversationRated
    | ConversationErased
)

decode_keyable = msgspec.json.Decoder(Keyable).decode
decode_command = msgspec.json.Decoder(ConversationCommand).decode
decode_event = msgspec.json.Decoder(ConversationEvent).decode
