"""A flow as a picture in text: Mermaid or DOT. Pure."""

from collections.abc import Iterator
from typing import NamedTuple, assert_never

from schemas.flow_ways import edges
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

_START = "start"
_MOST = 90


class Box(NamedTuple):
    """A node as it is drawn: `kind` gives its shape; `style` is plain, lost (no way leads to it), or missing
    (it is referred to, but not there: a dead end)."""

    name: str
    kind: str
    lines: tuple[str, ...]
    style: str = "plain"


class Arrow(NamedTuple):
    """A way; `back` is one that only failure or a refusal takes."""

    start: str
    end: str
    label: str = ""
    back: bool = False


class Picture(NamedTuple):
    """What is to be drawn."""

    title: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def picture(flow: Flow) -> Picture:
    """Of any flow, wrong ones too: what is wrong shows."""
    arrows = tuple(_arrows(flow))
    reached = _reached(flow, arrows)
    boxes = [
        Box(name, _kind(node), _lines(node), "plain" if name in reached else "lost")
        for name, node in flow.nodes.items()
    ]
    missing = dict.fromkeys(arrow.end for arrow in arrows if arrow.end not in flow.nodes)
    boxes += [Box(name, "missing", ("there is no such node",), "missing") for name in missing]
    return Picture(f"{flow.name}, version {flow.version}", tuple(boxes), arrows)


def mermaid(flow: Flow) -> str:
    """A flowchart that Markdown viewers draw."""
    drawn = picture(flow)
    numbers = {box.name: f"n{number}" for number, box in enumerate(drawn.boxes)} | {"": _START}
    lines = ["---", f"title: {_quoted(drawn.title)}", "---", "flowchart TD", f'    {_START}((" "))']
    for box in drawn.boxes:
        left, right = _MERMAID[box.kind]
        text = "<br/>".join(map(_escaped, (f"{box.name}: {box.kind}", *box.lines)))
        lines.append(f'    {numbers[box.name]}{left}"{text}"{right}')
        if box.style != "plain":
            lines.append(f"    class {numbers[box.name]} {box.style}")
    for arrow in drawn.arrows:
        line = "-.->" if arrow.back else "-->"
        label = f'|"{_escaped(arrow.label)}"|' if arrow.label else ""
        lines.append(f"    {numbers[arrow.start]} {line}{label} {numbers[arrow.end]}")
    lines += [
        "    classDef lost stroke:#b45309,stroke-dasharray:5 5",
        "    classDef missing fill:#fee2e2,stroke:#b91c1c,stroke-width:2px",
    ]
    return "\n".join(lines) + "\n"


def dot(flow: Flow) -> str:
    """A graph for Graphviz."""
    drawn = picture(flow)
    lines = ["digraph {", f"  label={_quoted(drawn.title)}; labelloc=t;", '  "" [shape=point];']
    for box in drawn.boxes:
        text = "\n".join((f"{box.name}: {box.kind}", *box.lines))
        extra = {"plain": "", "lost": ", style=dashed", "missing": ", color=red, style=bold"}[box.style]
        lines.append(f"  {_quoted(box.name)} [shape={_DOT[box.kind]}, label={_quoted(text)}{extra}];")
    for arrow in drawn.arrows:
        style = ", style=dashed" if arrow.back else ""
        lines.append(
            f"  {_quoted(arrow.start)} -> {_quoted(arrow.end)} [label={_quoted(arrow.label)}{style}];"
        )
    return "\n".join([*lines, "}"]) + "\n"


_MERMAID = {
    "menu": ("{{", "}}"),
    "digits": ("[/", "/]"),
    "message": ("[/", "/]"),
    "play": ("[", "]"),
    "set": ("[[", "]]"),
    "hours": ("{", "}"),
    "length": ("{", "}"),
    "queue": ("[(", ")]"),
    "callback": ("([", "])"),
    "end": ("([", "])"),
    "missing": ("[", "]"),
}
_DOT = {
    "menu": "hexagon",
    "digits": "parallelogram",
    "message": "parallelogram",
    "play": "box",
    "set": "component",
    "hours": "diamond",
    "length": "diamond",
    "queue": "cylinder",
    "callback": "oval",
    "end": "oval",
    "missing": "octagon",
}


def _arrows(flow: Flow) -> Iterator[Arrow]:
    yield Arrow("", flow.start)
    if flow.hangup:
        yield Arrow("", flow.hangup, "hangs up", back=True)
    for name, node in flow.nodes.items():
        for where, to in edges(node):
            yield Arrow(name, to, _label(node, where), back=_is_back(node, where))


def _label(node: AnyNode, where: str) -> str:
    match node:
        case Menu() if where.startswith("options["):
            digit = where.removeprefix("options[").partition("]")[0]
            words = next((option.words for option in node.options if option.digit == digit), ())
            return " ".join((digit, *words))
        case Asking() if where == "otherwise":
            return f"{node.tries} times wrong or silent"
        case OnHours():
            return where
        case OnLength():
            return f"{node.at_least} or more" if where == "then" else "fewer"
        case ToQueue():
            return {"closed": "closed", "full": "full or refused", "late": "waited too long"}[where]
        case _:
            return ""


def _is_back(node: AnyNode, where: str) -> bool:
    return isinstance(node, ToQueue) or (isinstance(node, Asking) and where == "otherwise")


def _kind(node: AnyNode) -> str:
    return str(node.__struct_config__.tag)


def _lines(node: AnyNode) -> tuple[str, ...]:
    match node:
        case Menu() | Play() | End():
            said = [node.prompt]
        case AskDigits():
            said = [node.prompt, f"{node.min_digits} to {node.max_digits} digits → {node.attribute}"]
        case LeaveMessage():
            said = [node.prompt, f"for queue {node.queue}"]
        case SetAttributes():
            said = [f"{name} = {value}" for name, value in node.attributes.items()]
        case OnHours():
            said = [f"open by {node.hours}?"]
        case OnLength():
            said = [f"how many wait in {node.queue}?"]
        case ToQueue() | CallBack():
            said = [node.prompt, f"queue {node.queue}, priority {node.priority}"]
        case _:
            assert_never(node)
    return tuple(line if len(line) <= _MOST else f"{line[: _MOST - 1]}…" for line in said if line)


def _reached(flow: Flow, arrows: tuple[Arrow, ...]) -> set[str]:
    reached: set[str] = set()
    ahead = [arrow.end for arrow in arrows if not arrow.start]
    while ahead:
        at = ahead.pop()
        if at not in reached:
            reached.add(at)
            ahead += [arrow.end for arrow in arrows if arrow.start == at]
    return reached


def _escaped(text: str) -> str:
    """For a Mermaid label: what has a meaning there stands as a number."""
    return "".join(f"#{ord(sign)};" if sign in '#"<>;`|{}[]\\' else sign for sign in text.replace("\n", " "))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
