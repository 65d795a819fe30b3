"""Keyset cursors as opaque text."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec


class BadCursor(ValueError):
    """The text is no cursor of ours."""


class Cursor(NamedTuple):
    """The last row of a page."""

    created_at: datetime
    session_id: str

    def text(self) -> str:
        """As clients get it."""
        return urlsafe_b64encode(msgspec.msgpack.encode(self)).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """The inverse of `text`. Raises BadCursor."""
        try:
            raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
            found = msgspec.msgpack.decode(raw, type=cls)
        except (ValueError, msgspec.MsgspecError) as error:
            raise BadCursor(f"{text!r} is no cursor") from error
        if found.created_at.tzinfo is None or "\0" in found.session_id:
            raise BadCursor(f"{text!r} is no cursor")
        return cls(found.created_at.astimezone(UTC), found.session_id)
