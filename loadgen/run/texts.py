"""Texts with ${names}, compiled once: a constant costs nothing, a name one look-up."""

import json
import re
import time
from collections.abc import Callable, Collection
from typing import Protocol
from urllib.parse import quote
from uuid import uuid4

_NAME = re.compile(r"\$\{(\w+)\}")


class Holder(Protocol):
    """Who the names belong to: `values` are its own and what it saved."""

    values: dict[str, str]


Text = Callable[[Holder], str]
OWN = ("run", "vu", "iteration", "number", "token")
_FRESH: dict[str, Callable[[], str]] = {
    "now_ms": lambda: str(time.time_ns() // 1_000_000),
    "uuid": lambda: str(uuid4()),
}


class UnknownName(ValueError):
    """A ${name} that nothing before it saves."""


def as_json(value: str) -> str:
    """Inside a JSON string."""
    return value if value.isalnum() else json.dumps(value)[1:-1]


def as_url(value: str) -> str:
    """Inside a path, a query or a form."""
    return quote(value, safe="")


def as_is(value: str) -> str:
    """Inside a header."""
    return value


def constant(text: str) -> bool:
    """There is no name in it."""
    return not _NAME.search(text)


def compiled(text: str, escape: Callable[[str], str], saved: Collection[str]) -> Text:
    """Raises UnknownName for names that are neither a user's own nor in `saved`; the text itself raises
    KeyError where a step before did not save one."""
    if constant(text):
        return lambda _: text
    pattern = _NAME.sub("%s", text.replace("%", "%%"))
    gets = [_get(name, escape, saved) for name in _NAME.findall(text)]
    if len(gets) == 1:
        get = gets[0]
        return lambda holder: pattern % get(holder)
    return lambda holder: pattern % tuple([get(holder) for get in gets])


def _get(name: str, escape: Callable[[str], str], saved: Collection[str]) -> Text:
    if name in _FRESH:
        fresh = _FRESH[name]
        return lambda _: fresh()
    if name in ("vu", "iteration", "number"):
        return lambda holder: holder.values[name]
    if name not in OWN and name not in saved:
        known = ", ".join(sorted({*OWN, *_FRESH, *saved}))
        raise UnknownName(f"${{{name}}} is saved by no step before; there are {known}.")
    return lambda holder: escape(holder.values[name])
