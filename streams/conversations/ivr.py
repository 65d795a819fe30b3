"""The way through a flow: what an input leads to, as a value; it knows no conversation."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from schemas.callbacks import MESSAGE
from schemas.flows import (
    PLACE,
    AskDigits,
    Asking,
    Flow,
    LeaveMessage,
    Menu,
    OnHours,
    OnLength,
    Play,
    SetAttributes,
)

_WORD = re.compile(r"\w+")
_SPACING = re.compile(r"[\s-]+")


class Turn(NamedTuple):
    """What is played, and where the call stands then: at a node that asks, after `tries` answers in vain,
    or at the queue or end that the flow leads to."""

    node: str
    prompt: str
    attributes: Mapping[str, str]
    tries: int = 0


class Facts(NamedTuple):
    """What branches ask beside the caller: the time (Unix milliseconds, broker time), and how many wait, by
    the flow's queues."""

    at_ms: int = 0
    waiting: Mapping[str, int] = {}


NOTHING = Facts()


def begin(flow: Flow, attributes: Mapping[str, str], facts: Facts = NOTHING) -> Turn:
    """The flow from its start. Raises ValueError for one that goes round for ever."""
    return go_on(flow, flow.start, attributes, facts)


def answer(flow: Flow, at: Turn, said: str, facts: Facts = NOTHING) -> Turn:
    """What the caller's input leads to; "" is silence. After a queue or an end nothing is asked any more."""
    node = flow.nodes[at.node]
    if not isinstance(node, Asking):
        return at
    chosen = _chosen(node, said.strip().removesuffix("#"))
    if chosen is not None:
        return go_on(flow, chosen.then, {**at.attributes, **chosen.attributes}, facts)
    if at.tries + 1 >= node.tries:
        return go_on(flow, node.otherwise, at.attributes, facts)
    excuse = node.wrong if said else node.silent
    return Turn(at.node, filled(f"{excuse} {node.prompt}", at.attributes), at.attributes, at.tries + 1)


def filled(prompt: str, attributes: Mapping[str, str]) -> str:
    """The prompt with the attributes' values; nothing stands for one that has none yet."""
    return PLACE.sub(lambda found: attributes.get(found[1], ""), prompt)


class _Chosen(NamedTuple):
    then: str
    attributes: Mapping[str, str] = {}


def _chosen(node: Asking, said: str) -> _Chosen | None:
    match node:
        case Menu():
            heard = _WORD.findall(said.lower())
            for option in node.options:
                if said == option.digit or any(word.lower() in heard for word in option.words):
                    return _Chosen(option.then)
        case AskDigits():
            digits = _SPACING.sub("", said)
            if digits.isascii() and digits.isdigit() and node.min_digits <= len(digits) <= node.max_digits:
                return _Chosen(node.then, {node.attribute: digits})
        case LeaveMessage() if said:
            return _Chosen(node.then, {MESSAGE: said})
    return None


def go_on(flow: Flow, name: str, attributes: Mapping[str, str], facts: Facts = NOTHING) -> Turn:
    """The flow from that node on, as `begin`."""
    said: list[str] = []
    for _ in flow.nodes:
        node = flow.nodes[name]
        match node:
            case SetAttributes():
                attributes, name = {**attributes, **node.attributes}, node.then
            case OnHours():
                name = node.open if is_open(flow, node, facts) else node.closed
            case OnLength():
                long = facts.waiting.get(node.queue, 0) >= node.at_least
                name = node.then if long else node.otherwise
            case Play():
                said.append(filled(node.prompt, attributes))
                name = node.then
            case _:
                said.append(filled(node.prompt, attributes))
                return Turn(name, " ".join(filter(None, said)), attributes)
    raise ValueError(f"the flow {flow.name!r} goes round for ever")


def is_open(flow: Flow, node: OnHours, facts: Facts) -> bool:
    """By the flow's hours of that name; without them it is always open."""
    return all(hours.is_open(facts.at_ms) for hours in flow.hours if hours.name == node.hours)
