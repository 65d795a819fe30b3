"""Flows of the IVR: what a caller hears and may press, from node to node, until a queue or the end."""

import re
from typing import Annotated, TypeAlias

import msgspec

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


class ToQueue(Node, tag="queue", kw_only=True, frozen=True):
    """Plays `prompt` and hands the call over: from now on it waits for an agent of `queue`."""

    queue: str
    prompt: Prompt = ""
    priority: Priority = 5


class End(Node, tag="end", kw_only=True, frozen=True):
    """Plays `prompt`, and the call is over."""

    prompt: Prompt = ""


AnyNode: TypeAlias = Menu | AskDigits | Play | SetAttributes | ToQueue | End


class Flow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A call keeps the version that it began with."""

    name: str
    version: Annotated[int, msgspec.Meta(ge=1)]
    start: str
    nodes: dict[str, AnyNode]

    @property
    def queues(self) -> tuple[str, ...]:
        """The queues that it may hand over to, each once."""
        named = [node.queue for node in self.nodes.values() if isinstance(node, ToQueue)]
        return tuple(dict.fromkeys(named))
