"""How the nodes of a flow hang together: each is reached, and who keeps silent stays in none for ever."""

from collections.abc import Iterator
from typing import assert_never

from schemas.flows import AnyNode, AskDigits, Asking, End, Flow, Menu, Play, SetAttributes, ToQueue

Edge = tuple[str, str]
"""The path of a reference to a node, and that node's name."""


def edges(node: AnyNode) -> list[Edge]:
    """Where it may go on."""
    match node:
        case Menu():
            options = [(f"options[{option.digit}].then", option.then) for option in node.options]
            return [*options, ("otherwise", node.otherwise)]
        case AskDigits():
            return [("then", node.then), ("otherwise", node.otherwise)]
        case Play() | SetAttributes():
            return [("then", node.then)]
        case ToQueue() | End():
            return []
        case _:
            assert_never(node)


def ways(flow: Flow) -> Iterator[Edge]:
    """All references in the flow."""
    yield "start", flow.start
    for name, node in flow.nodes.items():
        for where, to in edges(node):
            yield f"nodes[{name}].{where}", to


def errors_among(flow: Flow) -> list[str]:
    """What is wrong among nodes that lead to none but each other."""
    reached = _reached(flow)
    apart = [f"nodes[{name}]: no way leads to it" for name in flow.nodes if name not in reached]
    circles: dict[tuple[str, ...], list[str]] = {}
    for name in flow.nodes:
        circle = _circle(flow, name)
        circles.setdefault(tuple(sorted(circle)), circle)
    return apart + [_of_circle(flow, circle) for circle in circles.values() if circle]


def _reached(flow: Flow) -> set[str]:
    reached, ahead = {flow.start}, [flow.start]
    while ahead:
        new = {to for _, to in edges(flow.nodes[ahead.pop()])} - reached
        reached |= new
        ahead += sorted(new)
    return reached


def _circle(flow: Flow, name: str) -> list[str]:
    """Where a caller who says nothing goes round for ever from there on; nothing where the way ends."""
    seen: list[str] = []
    at: str | None = name
    while at is not None and at not in seen:
        seen.append(at)
        at = _in_silence(flow.nodes[at])
    return seen[seen.index(at) :] if at is not None else []


def _in_silence(node: AnyNode) -> str | None:
    match node:
        case Asking():
            return node.otherwise
        case Play() | SetAttributes():
            return node.then
        case _:
            return None


def _of_circle(flow: Flow, circle: list[str]) -> str:
    shown = " → ".join([*circle, circle[0]])
    asks = any(isinstance(flow.nodes[name], Asking) for name in circle)
    what = "who says nothing goes round for ever" if asks else "goes round for ever"
    return f"nodes[{circle[0]}]: {what}: {shown}"
