"""HTTP bodies of the public API, as clients send and get them."""

from typing import Annotated

import msgspec

from schemas.limits import MAX_TEXT

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT)]


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """A request body; JSON or form-encoded, unknown fields ignored as k6 scripts send extra ones."""


class ChatStart(Body, kw_only=True, frozen=True):
    """POST /chat/start"""

    customer_id: Id
    message: Annotated[str, msgspec.Meta(max_length=MAX_TEXT)] = ""
    customer_name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    phone: Annotated[str, msgspec.Meta(max_length=40)] = ""
    synthetic: bool = False


class ChatMessage(Body, kw_only=True, frozen=True):
    """POST /chat/message"""

    session_id: Id
    message: Text
    message_id: Annotated[str, msgspec.Meta(max_length=128)] = ""


class ChatEnd(Body, kw_only=True, frozen=True):
    """POST /chat/end"""

    session_id: Id


class AgentConnect(Body, kw_only=True, frozen=True):
    """POST /agent/connect; `skills` as names or [name, level] pairs; priority 0 is most urgent."""

    session_id: Id
    queue: Annotated[str, msgspec.Meta(max_length=128)] = ""
    priority: Annotated[int, msgspec.Meta(ge=0, le=9)] = 5
    skills: tuple[str | tuple[str, int], ...] = ()


class ChatStarted(msgspec.Struct, kw_only=True, frozen=True):
    """200 of /chat/start"""

    session_id: str
    status: str = "bot"


class MessageAccepted(msgspec.Struct, kw_only=True, frozen=True):
    """200 of /chat/message; `seq` is null where the conversation did not answer in time."""

    session_id: str
    message_id: str
    seq: int | None = None


class Connected(msgspec.Struct, kw_only=True, omit_defaults=True):
    """200 of /agent/connect; `status` is assigned, queued or refused."""

    status: str
    session_id: str
    agent_id: str | None = None
    agent_name: str | None = None
    position: int | None = None
    estimated_wait_s: float | None = None
    reason: str | None = None


class Problem(msgspec.Struct, kw_only=True, omit_defaults=True):
    """RFC 9457 problem document; `detail` is for people, `reason` for programs."""

    title: str
    status: int
    type: str = "about:blank"
    detail: str = ""
    reason: str = ""
