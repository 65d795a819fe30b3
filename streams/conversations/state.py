"""The state of a conversation."""

from collections.abc import Mapping

import msgspec

from schemas.bot import BotPlan, Memory
from schemas.calls import QueueHome
from schemas.conversation import Policy, QueuePosition
from schemas.flows import Flow
from schemas.needs import Request
from schemas.states import Channel, ConsultationStatus, ConversationState

MOST_MESSAGE_IDS = 500
"""Client message ids remembered to drop repeats."""


class Leg(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One request for an agent; over once routing has said how it ended. Unix milliseconds, broker time.

    `waiting_since_ms`, on the partition's clock, is when the customer began to wait: before the first of the
    contacts that this one continues, the last of them being `linked_to`.
    """

    contact_id: str
    pool: str
    pool_partition: int
    queue: str
    requested_at_ms: int
    waiting_since_ms: int
    asks: Request
    linked_to: str = ""
    assigned_at_ms: int = 0
    responded_at_ms: int = 0
    """When the assigned agent first wrote."""

    ended_at_ms: int = 0
    agent_id: str = ""
    outcome: str = ""
    reason: str = ""
    disposition: str = ""


class Asker(msgspec.Struct, frozen=True):
    """Who waits for the outcome of /agent/connect."""

    request_id: str
    reply_to: str
    told: bool = False
    """That it is queued: the places after the first one are for the socket."""


class Deferred(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A callback, or a message that was left: who is asked for where, and what the customer has waited
    already. `due_ms` (None: it is a contact, or the queue does not open) and `expires_ms` are on the
    partition's clock."""

    home: QueueHome
    asks: Request
    expires_ms: int
    phone: str = ""
    waited_ms: int = 0
    due_ms: int | None = None
    tries: int = 0


class Call(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What a conversation is that began as a call: `node` is where it stands in the flow that it keeps, after
    `tries` answers in vain, `prompt` what was played last, `place` the last one heard of in the queue."""

    flow: Flow
    homes: dict[str, QueueHome]
    node: str = ""
    tries: int = 0
    prompt: str = ""
    place: QueuePosition | None = None
    unheard: bool = False
    """The prompt came while nobody asked: it is played to who asks next."""

    message_at: str = ""
    """The node at which a message was left."""


class Dialogue(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Where the bot and the customer stand: `turn` was asked last, and is out while `due_ms` (on the
    partition's clock) is set; `kept` was written since then."""

    plan: BotPlan
    turn: int = 0
    due_ms: int | None = None
    kept: list[str] = []
    memory: Memory = Memory()


class Conversation(msgspec.Struct, kw_only=True, omit_defaults=True, tag="conversation"):
    """One session. Without `state` it does not exist; `gone` says that it has left the table.

    `*_due_ms` are on the partition's clock: when a silent customer or agent, or a customer whose socket
    is lost, counts as gone; and until when a call that is over waits for its caller to hear of it. Of one
    that is `erased` nothing personal is taken any more.
    """

    session_id: str
    partition: int
    gone: bool = False
    state: ConversationState | None = None
    status: ConsultationStatus = ConsultationStatus.OPEN
    reason: str = ""
    customer_id: str = ""
    customer_name: str = ""
    phone: str = ""
    channel: Channel = Channel.CHAT
    synthetic: bool = False
    policy: Policy = Policy()
    started_at_ms: int = 0
    ended_at_ms: int = 0
    version: int = 0
    seq: int = 0
    message_ids: dict[str, int] = {}
    sockets: list[str] = []
    legs: list[Leg] = []
    asker: Asker | None = None
    agent_id: str = ""
    note: str = ""
    customer_due_ms: int | None = None
    agent_due_ms: int | None = None
    grace_due_ms: int | None = None
    call: Call | None = None
    attributes: Mapping[str, str] = {}
    linger_due_ms: int | None = None
    erased: bool = False
    deferred: Deferred | None = None
    dialogue: Dialogue | None = None

    @property
    def exists(self) -> bool:
        """Whether it was started and is still in the table."""
        return self.state is not None and not self.gone

    @property
    def is_closed(self) -> bool:
        """Whether it is over for the customer."""
        return self.state is ConversationState.CLOSED

    @property
    def leg(self) -> Leg | None:
        """The current request for an agent."""
        return self.legs[-1] if self.legs else None
