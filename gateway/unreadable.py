"""What a client is told of a body or frame that can't be read."""

import json


def why_unreadable(what: str, expected: str, raw: bytes, error: Exception) -> str:
    """A sentence on `raw` (`what` names it) and the `error` that decoding it raised."""
    text = str(error)
    cut_off = "truncated" in text
    if not raw.strip():
        return f"The {what} is empty; expected {expected}"
    if isinstance(error, RecursionError):
        return f"The {what} is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return f"The {what} is not UTF-8"
    # msgspec takes a lone surrogate at the end of a text for the end of the input.
    if "surrogate" in text or (cut_off and _is_complete(raw)):
        return f"The {what} can't be read: a \\u escape is half of a surrogate pair"
    if cut_off:
        return f"The {what} can't be read: its JSON ends too early"
    return f"The {what} can't be read: {text}"


def _is_complete(raw: bytes) -> bool:
    """The standard library reads lone surrogates."""
    try:
        json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return True
