"""How a simulated agent treats its customers."""

from collections.abc import Callable
from typing import NamedTuple

from loadgen.times import Duration


def _silent(_: str) -> str:
    return ""


class Manner(NamedTuple):
    """Seconds. `reply` makes an answer to a customer's message, an empty one being none.

    The contact is completed `handling` after its assignment, or, with `patient`, after the customer's
    last message; once the customer has left, after `wrap_up`.
    """

    greeting: str
    handling: Duration
    wrap_up: Duration = Duration("fixed", 0.2)
    accept: Duration = Duration("fixed", 0.0)
    reply: Callable[[str], str] = _silent
    reply_delay: Duration = Duration("fixed", 0.0)
    patient: bool = False
    retry_s: float = 3.0
    """A command without effect is sent again after this time."""


def quick(handling: Duration) -> Manner:
    """Answers once and completes: for load."""
    return Manner(greeting="Hello, how can I help?", handling=handling)


def polite(quiet_s: float = 120.0) -> Manner:
    """Greets, answers each message, and completes when the customer has left or is quiet for long."""
    return Manner(
        greeting="Hello, thank you for waiting. How can I help you?",
        handling=Duration("fixed", quiet_s),
        wrap_up=Duration("fixed", 1.0),
        accept=Duration("uniform", 0.3, 0.8),
        reply=_polite_reply,
        reply_delay=Duration("uniform", 0.6, 1.5),
        patient=True,
    )


def _polite_reply(text: str) -> str:
    said = " ".join(text.split())
    short = said if len(said) <= 60 else said[:57] + "..."
    return f"I understand: \u201c{short}\u201d. I am looking into it for you. Is there anything else?"
