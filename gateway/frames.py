"""The frames that clients send and get over WebSockets."""

from typing import Annotated, TypeVar

import msgspec

from gateway.unreadable import why_unreadable
from schemas.api import Id, Text
from schemas.states import Presence

_ClientId = Annotated[str, msgspec.Meta(max_length=128)]
_Note = Annotated[str, msgspec.Meta(max_length=4_096)]


class Frame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """A frame from a client; unknown fields are ignored."""


class SendMessage(Frame, tag="message", kw_only=True, frozen=True):
    """The customer writes."""

    message: Text
    message_id: _ClientId = ""


class End(Frame, tag="end", kw_only=True, frozen=True):
    """The customer ends the conversation."""


class Resume(Frame, tag="resume", kw_only=True, frozen=True):
    """What the agent's client knows already; counts as its first frame only."""

    agent_seq: Annotated[int, msgspec.Meta(ge=0)] = 0
    sessions: dict[Id, Annotated[int, msgspec.Meta(ge=0)]] = {}


class Accept(Frame, tag="accept", kw_only=True, frozen=True):
    """The agent takes the offered contact."""

    contact_id: Id
    offer_epoch: int
    request_id: _ClientId = ""


class Reject(Frame, tag="reject", kw_only=True, frozen=True):
    """The agent does not take it."""

    contact_id: Id
    offer_epoch: int
    request_id: _ClientId = ""


class Complete(Frame, tag="complete", kw_only=True, frozen=True):
    """The agent is done with the contact."""

    contact_id: Id
    disposition: _ClientId = ""
    note: _Note = ""
    request_id: _ClientId = ""


class AgentMessage(Frame, tag="message", kw_only=True, frozen=True):
    """The agent writes to a customer."""

    session_id: Id
    message: Text
    message_id: _ClientId = ""


class SayPresence(Frame, tag="presence", kw_only=True, frozen=True):
    """The agent can be offered work, or not (`custom` with a reason)."""

    presence: Presence
    reason: _ClientId = ""
    request_id: _ClientId = ""


class MessageRejected(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="message.rejected"):
    """To the client: its message is not in the transcript. `unknown` where that is not sure."""

    message_id: str
    reason: str
    session_id: str


class FrameError(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="error"):
    """To the client: its frame did nothing."""

    detail: str
    request_id: str = ""


CustomerFrame = SendMessage | End
AgentFrame = Resume | Accept | Reject | Complete | AgentMessage | SayPresence
F = TypeVar("F")
_customer: msgspec.json.Decoder[CustomerFrame] = msgspec.json.Decoder(CustomerFrame)
_agent: msgspec.json.Decoder[AgentFrame] = msgspec.json.Decoder(AgentFrame)
_encode = msgspec.json.Encoder().encode


def decode_customer_frame(raw: bytes) -> CustomerFrame:
    """A frame of a customer. Raises msgspec.DecodeError."""
    return _decoded(_customer, raw)


def decode_agent_frame(raw: bytes) -> AgentFrame:
    """A frame of an agent. Raises msgspec.DecodeError."""
    return _decoded(_agent, raw)


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
