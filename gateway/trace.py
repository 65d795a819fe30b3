"""The trace that a request belongs to (W3C Trace Context)."""

import re

_VALID = re.compile(rb"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def traceparent_of(value: bytes) -> str:
    """The header's value as records carry it; empty where it is not valid."""
    return value.decode() if _VALID.fullmatch(value) else ""
