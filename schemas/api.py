"""HTTP bodies of the public API, as clients send and get them."""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from schemas.attachments import AttachmentIds
from schemas.conversation import MessageAdded
from schemas.limits import MAX_TEXT, Personal, Priority, Rating, Seconds

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Name = Annotated[str, msgspec.Meta(max_length=128)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT)]
Skill = str | tuple[str, int]
"""Its name, `name:level`, or both as a pair."""


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """A request body; JSON or form-encoded, unknown fields ignored as k6 scripts send extra ones."""


class ChatStart(Body, kw_only=True, frozen=True):
    """POST /chat/start. The chat is served by the bot, if any, of the pool that has `queue`; left out, of the
    first pool."""

    customer_id: Personal[Id]
    message: Personal[Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]] = ""
    customer_name: Personal[Annotated[str, msgspec.Meta(max_length=200)]] = ""
    phone: Personal[Annotated[str, msgspec.Meta(max_length=40)]] = ""
    queue: Name = ""
    synthetic: bool = False


class ChatMessage(Body, kw_only=True, frozen=True):
    """POST /chat/message. Without attachments `message` may not be empty."""

    session_id: Id
    message: Personal[Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]] = ""
    message_id: Name = ""
    attachment_ids: AttachmentIds = ()

    def __post_init__(self) -> None:
        require_words(self.message, self.attachment_ids)


def require_words(message: str, attachment_ids: Sequence[str]) -> None:
    """Raises ValueError for a message that says and shows nothing."""
    if not message and not attachment_ids:
        raise ValueError("Expected `str` of length >= 1 in `message`, or attachments")


class ChatEnd(Body, kw_only=True, frozen=True):
    """POST /chat/end"""

    session_id: Id


class ChatRating(Body, kw_only=True, frozen=True):
    """POST /chat/rating"""

    session_id: Id
    rating: Rating
    comment: Personal[Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]] = ""


class Step(msgspec.Struct, kw_only=True, frozen=True):
    """These skills are enough for `for_s` seconds; 0 is for good."""

    skills: tuple[Skill, ...] = ()
    for_s: Seconds = 0.0


class Needs(Body, kw_only=True, frozen=True):
    """What is asked of an agent: `skills`; after `skills_for_s` in vain (0: never) the first of `steps` will
    do, and so on, after the last one's time anyone of the queue. `preferred_agent` is waited for alone for
    `preferred_s`. Priority 0 is the most urgent."""

    queue: Name = ""
    priority: Priority = 5
    skills: tuple[Skill, ...] = ()
    skills_for_s: Seconds = 0.0
    steps: Annotated[tuple[Step, ...], msgspec.Meta(max_length=10)] = ()
    preferred_agent: Name = ""
    preferred_s: Seconds = 30.0


class AgentConnect(Needs, kw_only=True, frozen=True):
    """POST /agent/connect"""

    session_id: Id


class ChatStarted(msgspec.Struct, kw_only=True, frozen=True):
    """200 of /chat/start; with `token` the customer's other requests show that the session is theirs."""

    session_id: str
    status: str = "bot"
    token: str = ""


class MessageAccepted(msgspec.Struct, kw_only=True, frozen=True):
    """200 of /chat/message; `seq` is null where the conversation did not answer in time."""

    session_id: str
    message_id: str
    seq: int | None = None


class Rated(msgspec.Struct, kw_only=True, frozen=True):
    """200 of /chat/rating"""

    session_id: str
    rating: int


class ChatStatus(msgspec.Struct, kw_only=True, frozen=True):
    """200 of GET /chat/{session_id}: where the conversation stands. `position` and the estimates are those
    last told, while it waits; times are Unix milliseconds."""

    session_id: str
    state: str
    status: str
    seq: int
    started_at_ms: int | None = None
    ended_at_ms: int | None = None
    queue: str | None = None
    position: int | None = None
    estimated_wait_s: float | None = None
    estimated_wait_high_s: float | None = None
    agent_id: str | None = None
    agent_name: str | None = None


class ChatMessages(msgspec.Struct, kw_only=True, frozen=True):
    """200 of GET /chat/{session_id}/messages: entries in order; the next page, or poll, is after `last_seq`.
    `more` says that there are entries after it already, `over` that there will be none."""

    session_id: str
    items: tuple[MessageAdded, ...]
    last_seq: int
    more: bool
    over: bool


class ChatTranscript(msgspec.Struct, kw_only=True, frozen=True):
    """200 of GET /chat/{session_id}/transcript?format=json"""

    conversation: ChatStatus
    customer_name: Personal[str]
    items: tuple[MessageAdded, ...]


class Connected(msgspec.Struct, kw_only=True, omit_defaults=True):
    """200 of /agent/connect; `status` is assigned, queued or refused."""

    status: str
    session_id: str
    agent_id: str | None = None
    agent_name: str | None = None
    position: int | None = None
    estimated_wait_s: float | None = None
    estimated_wait_high_s: float | None = None
    reason: str | None = None


class Problem(msgspec.Struct, kw_only=True, omit_defaults=True):
    """RFC 9457 problem document; `detail` is for people, `type` and `reason` for programs."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    reason: str = ""
