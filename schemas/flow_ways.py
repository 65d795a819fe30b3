"""How the nodes of a flow hang together: each is reached, and who keeps silent stays in none for ever."""

from collections.abc import Iterator
from typing import assert_never

from schemas.flows import (
    AnyNode,
    AskDigits,
    Asking,
    CallBack,
    End,
    Flow,
    LeaveMessage,
    Menu,
    OnHours,
    OnLength,
    Play,
    SetAttributes,
    ToQueue,
)

Edge = tuple[str, str]
"""The path of a reference to a node, and that node's name."""


def edges(node: AnyNode) -> list[Edge]:
    """Where it may go on."""
    match node:
        case Menu():
            options = [(f"options[{option.digit}].then", option.then) for option in node.options]
            return [*options, ("otherwise", node.otherwise)]
        case AskDigits() | LeaveMessage() | OnLength():
            return [("then", node.then), ("otherwise", node.otherwise)]
        case Play() | SetAttributes():
            return [("then", node.then)]
        case OnHours():
            return [("open", node.open), ("closed", node.closed)]
        case ToQueue():
            back = [("closed", node.closed), ("full", node.full), ("late", node.late)]
            return [(where, to) for where, to in back if to]
        case CallBack() | End():
            return []
        case _:
            assert_never(node)


def ways(flow: Flow) -> Iterator[Edge]:
    """All references in the flow."""
    yield "start", flow.start
    if flow.hangup:
        yield "hangup", flow.hangup
    for name, node in flow.nodes.items():
        for where, to in edges(node):
            yield f"nodes[{name}].{where}", to


def errors_among(flow: Flow) -> list[str]:
    """What is wrong among nodes that lead to none but each other."""
    reached = _reached(flow, flow.start) | (_reached(flow, flow.hangup) if flow.hangup else set())
    apart = [f"nodes[{name}]: no way leads to it" for name in flow.nodes if name not in reached]
    circles: dict[tuple[str, ...], list[str]] = {}
    for name in flow.nodes:
        circle = _circle(flow, name)
        circles.setdefault(tuple(sorted(circle)), circle)
    return [
        *apart,
        *(_of_circle(flow, circle) for circle in circles.values() if circle),
        *_errors_after_hangup(flow),
    ]


def _errors_after_hangup(flow: Flow) -> list[str]:
    """Nobody is there to be asked, or to be handed over."""
    after = _reached(flow, flow.hangup) if flow.hangup else set()
    return [
        f"nodes[{name}]: {'can not ask' if isinstance(node, Asking) else 'can not hand over'} who has hung up"
        for name, node in flow.nodes.items()
        if name in after and isinstance(node, Asking | ToQueue)
    ]


def _reached(flow: Flow, start: str) -> set[str]:
    reached, ahead = {start}, [start]
    while ahead:
        new = {to for _, to in edges(flow.nodes[ahead.pop()])} - reached
        reached |= new
        ahead += sorted(new)
    return reached


def _circle(flow: Flow, name: str) -> list[str]:
    """The way on which a caller who says nothing may come back to that node; nothing where there is none."""
    before: dict[str, str] = {}
    ahead = [name]
    while ahead:
        at = ahead.pop()
        for to in _in_silence(flow.nodes[at]):
            if to == name:
                return _back(before, at, name)
            if to not in before:
                before[to] = at
                ahead.append(to)
    return []


def _back(before: dict[str, str], at: str, start: str) -> list[str]:
    way = [at]
    while way[-1] != start:
        way.append(before[way[-1]])
    return way[::-1]


def _in_silence(node: AnyNode) -> list[str]:
    return [node.otherwise] if isinstance(node, Asking) else [to for _, to in edges(node)]


def _of_circle(flow: Flow, circle: list[str]) -> str:
    shown = " → ".join([*circle, circle[0]])
    asks = any(isinstance(flow.nodes[name], Asking) for name in circle)
    what = "who says nothing goes round for ever" if asks else "goes round for ever"
    return f"nodes[{circle[0]}]: {what}: {shown}"
