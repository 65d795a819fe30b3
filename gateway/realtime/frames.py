"""The frames that clients send and get over WebSockets."""

from typing import Annotated, TypeVar

import msgspec

from gateway.unreadable import why_unreadable
from schemas.api import require_words
from schemas.attachments import AttachmentIds
from schemas.limits import MAX_TEXT, NO_NUL, Seconds
from schemas.states import Presence, Role

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=NO_NUL)]
_ClientId = Annotated[str, msgspec.Meta(max_length=128, pattern=NO_NUL)]
_Note = Annotated[str, msgspec.Meta(max_length=MAX_TEXT, pattern=NO_NUL)]


class Frame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """A frame from a client, unknown fields ignored; what refuses it repeats its `ref`."""

    ref: _ClientId = ""


class SendMessage(Frame, tag="message", kw_only=True, frozen=True):
    """The customer writes. Without attachments `message` may not be empty."""

    message: _Note = ""
    message_id: _ClientId = ""
    attachment_ids: AttachmentIds = ()

    def __post_init__(self) -> None:
        require_words(self.message, self.attachment_ids)


class End(Frame, tag="end", kw_only=True, frozen=True):
    """The customer ends the conversation."""


class Types(Frame, tag="typing", kw_only=True, frozen=True):
    """The customer writes at this moment."""


class Resume(Frame, tag="resume", kw_only=True, frozen=True):
    """What the agent's client knows already; counts as its first frame only."""

    agent_seq: Annotated[int, msgspec.Meta(ge=0)] = 0
    sessions: dict[_Id, Annotated[int, msgspec.Meta(ge=0)]] = {}


class Accept(Frame, tag="accept", kw_only=True, frozen=True):
    """The agent takes the offered contact."""

    contact_id: _Id
    offer_epoch: int
    request_id: _ClientId = ""


class Reject(Frame, tag="reject", kw_only=True, frozen=True):
    """The agent does not take it."""

    contact_id: _Id
    offer_epoch: int
    request_id: _ClientId = ""


class Complete(Frame, tag="complete", kw_only=True, frozen=True):
    """The agent is done with the contact."""

    contact_id: _Id
    disposition: _ClientId = ""
    note: _Note = ""
    request_id: _ClientId = ""


class Transfer(Frame, tag="transfer", kw_only=True, frozen=True):
    """The agent hands the contact over: to a queue, or to an agent of its pool."""

    contact_id: _Id
    queue: _ClientId = ""
    to_agent: _ClientId = ""
    wait_s: Seconds = 60.0
    note: _Note = ""
    request_id: _ClientId = ""


class AgentMessage(Frame, tag="message", kw_only=True, frozen=True):
    """The agent writes to a customer. Without attachments `message` may not be empty."""

    session_id: _Id
    message: _Note = ""
    message_id: _ClientId = ""
    attachment_ids: AttachmentIds = ()

    def __post_init__(self) -> None:
        require_words(self.message, self.attachment_ids)


class AgentTypes(Frame, tag="typing", kw_only=True, frozen=True):
    """The agent writes at this moment."""

    session_id: _Id


class SayPresence(Frame, tag="presence", kw_only=True, frozen=True):
    """The agent can be offered work, or not (`custom` with a reason)."""

    presence: Presence
    reason: _ClientId = ""
    request_id: _ClientId = ""


class ShowToken(Frame, tag="token", kw_only=True, frozen=True):
    """A newer token of the same bearer: the socket stays open for as long as this one is good."""

    token: Annotated[str, msgspec.Meta(max_length=8_192, pattern=NO_NUL)]


class TokenAccepted(msgspec.Struct, frozen=True, kw_only=True, tag="token.accepted", tag_field="type"):
    """The token that was shown counts; `ref` is that of its frame."""

    expires_at: int
    ref: str = ""


class TokenEnding(msgspec.Struct, frozen=True, kw_only=True, tag="token.ending", tag_field="type"):
    """The socket's token is over soon, at that time in Unix seconds: show a newer one."""

    expires_at: int


class Listen(Frame, tag="listen", kw_only=True, frozen=True):
    """The supervisor wants a transcript, from after `last_seq` on."""

    session_id: _Id
    last_seq: Annotated[int, msgspec.Meta(ge=0)] = 0


class Unlisten(Frame, tag="unlisten", kw_only=True, frozen=True):
    """The supervisor wants it no more."""

    session_id: _Id


class Refusal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """To the client: its frame with this `ref` was refused."""

    ref: str = ""


class MessageRejected(Refusal, frozen=True, kw_only=True, tag="message.rejected"):
    """Its message is not in the transcript, or its end was none. `unknown` where that is not sure."""

    message_id: str
    reason: str
    session_id: str


class FrameError(Refusal, frozen=True, kw_only=True, tag="error"):
    """Its frame did nothing."""

    detail: str


class Position(msgspec.Struct, frozen=True, kw_only=True, tag="queue.position", tag_field="type"):
    """To a customer who waits: the place in the queue now. It has no number and is not repeated."""

    position: int
    estimated_wait_s: float | None
    estimated_wait_high_s: float | None


class SomebodyTypes(msgspec.Struct, frozen=True, kw_only=True, tag="typing", tag_field="type"):
    """The other side writes at this moment; without news for some seconds it does no more."""

    session_id: str
    role: Role
    best_effort: bool = True


class SomebodyThere(msgspec.Struct, frozen=True, kw_only=True, tag="presence", tag_field="type"):
    """The other side has the conversation open, or no more."""

    session_id: str
    role: Role
    present: bool
    best_effort: bool = True


class Reconnect(msgspec.Struct, frozen=True, kw_only=True, tag="reconnect", tag_field="type"):
    """The gateway stops: come again after this time, with the last `seq`, wherever there is another."""

    after_ms: int


class Reset(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="reset", tag_field="type"):
    """The client's last `seq` is beyond the end of this feed: what it knows of it is void. It begins anew."""

    feed: str
    session_id: str = ""


class ListenEnded(msgspec.Struct, frozen=True, kw_only=True, tag="listen.ended", tag_field="type"):
    """The supervisor hears no more of the session: the permission has `ended` or never was
    (`not_permitted`), or it can't be noted now that somebody listens (`unavailable`)."""

    session_id: str
    reason: str


class _Referring(msgspec.Struct, gc=False):
    ref: _ClientId = ""


CustomerFrame = SendMessage | End | Types
AgentFrame = (
    Resume | Accept | Reject | Complete | Transfer | AgentMessage | SayPresence | AgentTypes | ShowToken
)
SupervisorFrame = Listen | Unlisten | ShowToken
F = TypeVar("F")
_customer: msgspec.json.Decoder[CustomerFrame] = msgspec.json.Decoder(CustomerFrame)
_agent: msgspec.json.Decoder[AgentFrame] = msgspec.json.Decoder(AgentFrame)
_supervisor: msgspec.json.Decoder[SupervisorFrame] = msgspec.json.Decoder(SupervisorFrame)
_referring = msgspec.json.Decoder(_Referring)
_encode = msgspec.json.Encoder().encode


def decode_customer_frame(raw: bytes) -> CustomerFrame:
    """A frame of a customer. Raises msgspec.DecodeError."""
    return _decoded(_customer, raw)


def decode_agent_frame(raw: bytes) -> AgentFrame:
    """A frame of an agent. Raises msgspec.DecodeError."""
    return _decoded(_agent, raw)


def decode_supervisor_frame(raw: bytes) -> SupervisorFrame:
    """A frame of a supervisor. Raises msgspec.DecodeError."""
    return _decoded(_supervisor, raw)


def ref_of(raw: bytes) -> str:
    """The `ref` of a frame that is otherwise bad; empty where it has none."""
    try:
        return _decoded(_referring, raw).ref
    except msgspec.DecodeError:
        return ""


def _decoded(decoder: msgspec.json.Decoder[F], raw: bytes) -> F:
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(why_unreadable("frame", "a JSON object", raw, error)) from error


def text_of(frame: msgspec.Struct) -> str:
    """A frame as JSON text."""
    return _encode(frame).decode()


def session_frame(session_id: str, seq: int, data: bytes) -> str:
    """An entry of a transcript, its JSON put in as it is."""
    return f'{{"feed":"session","session_id":"{session_id}","seq":{seq},"data":{data.decode()}}}'


def agent_frame(seq: int, data: bytes) -> str:
    """An entry of the agent's feed."""
    return f'{{"feed":"agent","seq":{seq},"data":{data.decode()}}}'


def pool_frame(pool: str, seq: int, data: bytes) -> str:
    """An event of a pool, or the pool as a whole; `pool` is its name as JSON."""
    return f'{{"feed":"pool","pool":{pool},"seq":{seq},"data":{data.decode()}}}'
