"""Bodies of the public API's calls, as the load tools send them, and the answers that they read."""

from typing import TypeVar

import msgspec

from loadgen.engine import Answer
from schemas.api import AgentConnect, ChatEnd, ChatMessage, ChatStart

START = "/chat/start"
MESSAGE = "/chat/message"
CONNECT = "/agent/connect"
END = "/chat/end"
HISTORY = "/consultation/history"

T = TypeVar("T")
_encode = msgspec.json.Encoder().encode


def start(customer_id: str, message: str) -> bytes:
    return _encode(ChatStart(customer_id=customer_id, message=message))


def message(session_id: str, text: str, message_id: str) -> bytes:
    return _encode(ChatMessage(session_id=session_id, message=text, message_id=message_id))


def connect(session_id: str, queue: str) -> bytes:
    return _encode(AgentConnect(session_id=session_id, queue=queue))


def end(session_id: str) -> bytes:
    return _encode(ChatEnd(session_id=session_id))


def read(answer: Answer, kind: type[T]) -> T | None:
    """The body of an answer of status 200; None for others and for a body that is not a `kind`."""
    if not answer.ok:
        return None
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except msgspec.MsgspecError:
        return None
