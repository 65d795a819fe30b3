"""What a flow must hold to, checked before it is used: each error with its path."""

import re
from collections.abc import Iterable

from schemas.callbacks import MESSAGE
from schemas.config_error import ConfigError
from schemas.flow_ways import errors_among, ways
from schemas.flows import (
    DIGITS,
    MAX_NODES,
    PLACE,
    AnyNode,
    AskDigits,
    Asking,
    CallBack,
    Flow,
    LeaveMessage,
    Menu,
    OnHours,
    OnLength,
    SetAttributes,
    ToQueue,
)

MAX_VALUE = 200
_ATTRIBUTE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_MAX_NAME = 64


def check(flow: Flow) -> None:
    """Raises ConfigError for a flow that a call could be stuck in, or could not be told of."""
    errors = errors_in(flow)
    if errors:
        raise ConfigError("\n".join(errors))


def errors_in(flow: Flow) -> list[str]:
    """What is wrong; how the nodes hang together only where none of the names leads nowhere."""
    errors = _errors_of_names(flow)
    if len(flow.nodes) > MAX_NODES:
        errors.append(f"nodes: {len(flow.nodes)} are more than {MAX_NODES}")
    known = {name for node in flow.nodes.values() for name in _set_by(node)}
    for name, node in flow.nodes.items():
        errors += [f"nodes[{name}].{error}" for error in _errors_of(node, known)]
    errors += _errors_of_hours(flow)
    lost = [f"{where}: no node {to!r}" for where, to in ways(flow) if to not in flow.nodes]
    return [f"flows[{flow.name}].{error}" for error in (*errors, *(lost or errors_among(flow)))]


def _errors_of_names(flow: Flow) -> list[str]:
    named = [("name", flow.name), *((f"nodes[{name}]", name) for name in flow.nodes)]
    return [
        f"{where}: a name has 1 to {_MAX_NAME} characters, none of them NUL"
        for where, name in named
        if not 1 <= len(name) <= _MAX_NAME or "\0" in name
    ]


def _errors_of_hours(flow: Flow) -> list[str]:
    known = [hours.name for hours in flow.hours]
    errors = [f"hours[{hours.name}].{error}" for hours in flow.hours for error in hours.errors()]
    errors += [f"hours: {name!r} stands twice" for name in sorted(set(known)) if known.count(name) > 1]
    return errors + [
        f"nodes[{name}].hours: the flow has no hours {node.hours!r}"
        for name, node in flow.nodes.items()
        if isinstance(node, OnHours) and node.hours not in known
    ]


def _set_by(node: AnyNode) -> Iterable[str]:
    match node:
        case AskDigits():
            return (node.attribute,)
        case SetAttributes():
            return node.attributes
        case LeaveMessage():
            return (MESSAGE,)
        case _:
            return ()


def _errors_of(node: AnyNode, known: set[str]) -> list[str]:
    errors = [error for where, text in _prompts(node) for error in _errors_of_prompt(where, text, known)]
    errors += [f"attributes: {name!r} is no name" for name in _set_by(node) if not _ATTRIBUTE.fullmatch(name)]
    match node:
        case Menu():
            errors += _errors_of_options(node)
        case AskDigits() if node.min_digits > node.max_digits:
            errors.append(f"min_digits: {node.min_digits} is above max_digits, {node.max_digits}")
        case SetAttributes():
            errors += [
                f"attributes[{name}]: a value has at most {MAX_VALUE} characters, none of them NUL"
                for name, value in node.attributes.items()
                if len(value) > MAX_VALUE or "\0" in value
            ]
        case ToQueue() | OnLength() | LeaveMessage() | CallBack() if not node.queue:
            errors.append("queue: name one")
        case CallBack() if node.number and node.number not in known:
            errors.append(f"number: no node sets {node.number!r}")
        case _:
            pass
    return errors


def _prompts(node: AnyNode) -> list[tuple[str, str]]:
    """The texts that are played, each with its field; silence is no prompt."""
    match node:
        case SetAttributes() | OnHours() | OnLength():
            return []
        case Asking():
            return [("prompt", node.prompt), ("wrong", node.wrong), ("silent", node.silent)]
        case _:
            return [("prompt", node.prompt)] if node.prompt else []


def _errors_of_prompt(where: str, text: str, known: set[str]) -> list[str]:
    errors = [] if text and "\0" not in text else [f"{where}: say something, without NUL"]
    unknown = [name for name in PLACE.findall(text) if name not in known]
    return errors + [f"{where}: no node sets {name!r}" for name in unknown]


def _errors_of_options(menu: Menu) -> list[str]:
    digits = [option.digit for option in menu.options]
    words = [word.lower() for option in menu.options for word in option.words]
    errors = [] if digits else ["options: a menu has some"]
    errors += [
        f"options[{digit}]: a choice is one of {DIGITS}"
        for digit in digits
        if len(digit) != 1 or digit not in DIGITS
    ]
    errors += [
        f"options: {one!r} stands {all_.count(one)} times"
        for all_ in (digits, words)
        for one in sorted(set(all_))
        if all_.count(one) > 1
    ]
    return errors + [f"options: {word!r} is not one word" for word in words if len(word.split()) != 1]
