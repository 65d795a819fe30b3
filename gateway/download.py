"""A transcript as plain text, for people. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime

from gateway.visible import HIDDEN
from schemas.api import ChatStatus
from schemas.conversation import MessageAdded
from schemas.states import Role

_SAID = {
    "agent.joined": "{text} joined",
    "agent.left": "the agent left",
    "customer.left": "the customer left",
    "conversation.closed": "the conversation is over ({text})",
}


def as_text(standing: ChatStatus, customer: str, items: Iterable[MessageAdded]) -> str:
    """A head, and a line for each entry but hidden ones; agents by the names under which they joined."""
    lines = [f"Conversation {standing.session_id}", f"Status: {standing.status}", ""]
    names = {Role.CUSTOMER: customer or "Customer", Role.AGENT: "Agent", Role.BOT: "Bot"}
    for item in items:
        if item.kind == HIDDEN:
            continue
        if item.kind == "agent.joined":
            names[Role.AGENT] = item.text or item.sender_id
        lines.append(f"[{_time(item.at_ms)}] {_line(item, names)}")
    return "\n".join(lines) + "\n"


def _line(item: MessageAdded, names: dict[Role, str]) -> str:
    if item.kind == "text":
        # Nobody's text can look like another's line.
        text = "\n    ".join(item.text.splitlines())
        shown = [f"[image {one.id}]" for one in item.attachments]
        return f"{names.get(item.role, item.role.value)}: {' '.join(filter(None, [text, *shown]))}"
    return f"* {_SAID.get(item.kind, item.kind).format(text=item.text)}"


def _time(unix_ms: int) -> str:
    return datetime.fromtimestamp(unix_ms // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
