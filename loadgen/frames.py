"""The frames of /ws/agent and /ws/customer, both ways."""

import msgspec

from schemas.assignments import decode_feed
from schemas.conversation import MessageAdded


class Frame(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """From the gateway. `feed` is agent (`data` is an AgentFeed) or session (a MessageAdded); other
    frames, such as problems, have none."""

    feed: str = ""
    seq: int = 0
    session_id: str = ""
    data: msgspec.Raw = msgspec.Raw()
    type: str = ""


class FromAgent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", gc=False):
    """Base of what an agent sends; a refusal comes back under `request_id`."""

    request_id: str = ""


class SayPresence(FromAgent, tag="presence", frozen=True, kw_only=True):
    """Also asks for an agent.state, which lists all that the agent holds."""

    presence: str = "routable"


class Accept(FromAgent, tag="accept", frozen=True, kw_only=True):
    contact_id: str
    offer_epoch: int


class Reject(FromAgent, tag="reject", frozen=True, kw_only=True):
    contact_id: str
    offer_epoch: int


class Complete(FromAgent, tag="complete", frozen=True, kw_only=True):
    contact_id: str
    disposition: str = "resolved"


class Say(FromAgent, tag="message", frozen=True, kw_only=True):
    """A message into the session; one `message_id` is kept once, so repeating it is safe."""

    session_id: str
    message: str
    message_id: str


class Resume(FromAgent, tag="resume", frozen=True, kw_only=True):
    """First frame after a reconnect: what was seen last, so that nothing is missed or seen twice."""

    agent_seq: int
    sessions: dict[str, int]


decode_frame = msgspec.json.Decoder(Frame).decode
decode_message = msgspec.json.Decoder(MessageAdded).decode
decode_entry = decode_feed
encode = msgspec.json.Encoder().encode
