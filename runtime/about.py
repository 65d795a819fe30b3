"""What a line of the log is about: the same names in every line of every process, and nothing personal."""

import re
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import Any

import msgspec

from schemas.envelope import header

Fields = Mapping[str, object]
_ambient: ContextVar[Fields] = ContextVar("ambient", default={})  # noqa: B039 - never changed in place
_ID = re.compile(r"[\w.:@/-]{1,200}")
_SESSIONS = ("conversation.", "bot.")


def about(*, session: str = "", contact: str = "", agent: str = "", cause: str = "", **more: object) -> Any:
    """For `extra=` of a line: of the ids those that are known and look like ids: they may be what a client
    has sent. `more` is taken as it is. `cause` is what led to the record in question (`Cause`)."""
    ids = {"session_id": session, "contact_id": contact, "agent_id": agent, "cause": cause}
    return {"fields": {name: value for name, value in ids.items() if _ID.fullmatch(value)} | more}


def concern(*, session: str = "", contact: str = "", agent: str = "", cause: str = "") -> None:
    """From here on all lines of this task, and of those that it starts, are about these too."""
    _ambient.set(
        {**_ambient.get(), **about(session=session, contact=contact, agent=agent, cause=cause)["fields"]}
    )


def ambient() -> Fields:
    """What the task is about."""
    return _ambient.get()


def about_feed(name: str) -> Any:
    """Of a feed or its channel in Redis: `session:<id>`, `nudge:agent:<id>` and the like."""
    kind, _, identity = name.removeprefix("nudge:").removeprefix("live:").partition(":")
    if kind == "pool":
        return about(pool=identity)
    return about(**{kind: identity}) if kind in ("session", "agent") else about()


class _Named(msgspec.Struct, gc=False):
    session_id: str = ""
    contact_id: str = ""
    agent_id: str = ""


_named = msgspec.json.Decoder(_Named).decode


def about_record(
    topic: str,
    partition: int,
    offset: int,
    key: bytes | None,
    value: bytes | None,
    headers: Iterable[tuple[str, bytes]] = (),
    **more: object,
) -> Any:
    """Of a record, whether or not anybody can read it: `record` is its position. Of what it says only
    ids count."""
    try:
        named = _named(value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        named = _Named()
    entity = (key or b"").decode(errors="replace")
    session = named.session_id or (entity if topic.startswith(_SESSIONS) else "")
    return about(
        session=session,
        contact=named.contact_id,
        agent=named.agent_id,
        cause=header(headers, "cause"),
        record=f"{topic}:{partition}:{offset}",
        **more,
    )
