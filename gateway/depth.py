"""How deeply JSON is nested, without decoding it. Pure."""

import re

MOST = 16
_MARKS = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


def is_too_deep(raw: bytes) -> bool:
    """Objects and lists inside each other, more than MOST."""
    # Most bodies do not have as many in all.
    if raw.count(b"{") + raw.count(b"[") <= MOST:
        return False
    depth = 0
    for found in _MARKS.finditer(raw):
        mark = found[0]
        if mark in (b"{", b"["):
            depth += 1
            if depth > MOST:
                return True
        elif mark in (b"}", b"]"):
            depth -= 1
    return False
