"""Flows of the IVR: what a caller hears and may press, from node to node, until a queue or the end."""

import re
from typing import Annotated, Literal, TypeAlias

import msgspec

from schemas.hours import Hours
from schemas.limits import Priority

MAX_NODES = 200
MAX_PROMPT = 1_000
MAX_DIGITS = 32
DIGITS = "0123456789*"
"""What an option may be; # ends an input."""

PLACE = re.compile(r"\{([^{}]*)\}")
"""Where a prompt has the value of an attribute."""

Prompt = Annotated[str, msgspec.Meta(max_length=MAX_PROMPT)]
Tries = Annotated[int, msgspec.Meta(ge=1, le=10)]
Waits = Annotated[float, msgspec.Meta(gt=0, le=60)]
Length = Annotated[int, msgspec.Meta(ge=1, le=MAX_DIGITS)]


class Node(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="kind",
):
    """A place in a flow. In a prompt `{name}` stands for the value of an attribute."""


class Asking(Node, kw_only=True, frozen=True):
    """Plays `prompt` and waits for input, for `timeout_s` after it. An input that is none is answered with
    `wrong`, silence with `silent`, each followed by the prompt; after `tries` in vain it goes on at
    `otherwise`."""

    prompt: Prompt
    otherwise: str
    timeout_s: Waits = 6.0
    tries: Tries = 3
    wrong: Prompt = "Sorry, that is not one of the choices."
    silent: Prompt = "Sorry, I did not hear anything."


class Option(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One choice of a menu: by its digit, or by one of the words where the caller speaks."""

    digit: str
    then: str
    words: tuple[str, ...] = ()


class Menu(Asking, tag="menu", kw_only=True, frozen=True):
    """The caller chooses."""

    options: tuple[Option, ...]


class AskDigits(Asking, tag="digits", kw_only=True, frozen=True):
    """The caller types `min_digits` to `max_digits` digits, which become the value of `attribute`."""

    attribute: str
    then: str
    min_digits: Length = 1
    max_digits: Length = MAX_DIGITS
    wrong: Prompt = "Sorry, that number does not look right."


class Play(Node, tag="play", kw_only=True, frozen=True):
    """Plays `prompt` and goes on."""

    prompt: Prompt
    then: str


class SetAttributes(Node, tag="set", kw_only=True, frozen=True):
    """Gives attributes their values and goes on."""

    attributes: dict[str, str]
    then: str


class OnHours(Node, tag="hours", kw_only=True, frozen=True):
    """Goes on at `open` or at `closed`, by the flow's hours of that name."""

    hours: str
    open: str
    closed: str


class OnLength(Node, tag="length", kw_only=True, frozen=True):
    """Goes on at `then` where `at_least` so many wait in `queue`, else, or where that is not known, at
    `otherwise`."""

    queue: str
    at_least: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
    then: str
    otherwise: str


class LeaveMessage(Asking, tag="message", kw_only=True, frozen=True):
    """Takes what the caller says, or the address of a recording, for an agent of `queue`: it becomes a
    contact when the caller is gone and the queue open."""

    queue: str
    then: str
    priority: Priority = 5


class CallBack(Node, tag="callback", kw_only=True, frozen=True):
    """Plays `prompt`, and the call is over: an agent of `queue` calls back at the number that the attribute
    `number` has, or the caller's own."""

    queue: str
    prompt: Prompt = ""
    number: str = ""
    priority: Priority = 5


class ToQueue(Node, tag="queue", kw_only=True, frozen=True):
    """Plays `prompt` and hands the call over: from now on it waits for an agent of `queue`. Of a queue that
    does not take it, the call comes back to `closed`, `full` (or else refused) or `late` (waited for too
    long); where that is not said, it is over."""

    queue: str
    prompt: Prompt = ""
    priority: Priority = 5
    closed: str = ""
    full: str = ""
    late: str = ""


class End(Node, tag="end", kw_only=True, frozen=True):
    """Plays `prompt`, and the call is over."""

    prompt: Prompt = ""


AnyNode: TypeAlias = (
    Menu | AskDigits | LeaveMessage | Play | SetAttributes | OnHours | OnLength | ToQueue | CallBack | End
)


class Flow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A call keeps the version that it began with. Of a caller who hangs up while the flow asks, it goes on
    at `hangup`, where it can neither ask nor hand over. `language` is what its prompts are in."""

    name: str
    version: Annotated[int, msgspec.Meta(ge=1)]
    start: str
    nodes: dict[str, AnyNode]
    hangup: str = ""
    language: Literal["", "en-US", "ko-KR"] = ""
    hours: tuple[Hours, ...] = ()

    @property
    def queues(self) -> tuple[str, ...]:
        """The queues that it names, each once."""
        of = (ToQueue, OnLength, LeaveMessage, CallBack)
        return tuple(dict.fromkeys(node.queue for node in self.nodes.values() if isinstance(node, of)))

    @property
    def measured(self) -> tuple[str, ...]:
        """The queues whose length it asks for, each once."""
        nodes = self.nodes.values()
        return tuple(dict.fromkeys(node.queue for node in nodes if isinstance(node, OnLength)))


def with_hours(flow: Flow, others: tuple[Hours, ...]) -> Flow:
    """With those of `others` that its nodes name and that it does not have."""
    own = {hours.name for hours in flow.hours}
    named = {node.hours for node in flow.nodes.values() if isinstance(node, OnHours)}
    more = tuple(hours for hours in others if hours.name in named - own)
    return msgspec.structs.replace(flow, hours=(*flow.hours, *more)) if more else flow
