"""Images that messages carry. What there is to say of one stands in its id, which the gateway makes."""

import re
from typing import Annotated

import msgspec

EXTENSIONS = {"png": "image/png", "jpg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
MOST_ATTACHMENTS = 5
"""Of one message."""

_ID = r"^[0-9a-f]{32}-[1-9][0-9]{0,4}x[1-9][0-9]{0,4}\.(png|jpg|gif|webp)$"
_PARTS = re.compile(r"[0-9a-f]{32}-(\d+)x(\d+)\.(\w+)")
AttachmentId = Annotated[str, msgspec.Meta(pattern=_ID, max_length=64)]
AttachmentIds = Annotated[tuple[AttachmentId, ...], msgspec.Meta(max_length=MOST_ATTACHMENTS)]


class Attachment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An image of a session; `width` and `height` in pixels."""

    id: str
    media_type: str
    bytes: int
    width: int
    height: int


def attachment_id(random: str, width: int, height: int, extension: str) -> str:
    """A new id; `random` are 32 hex digits."""
    return f"{random}-{width}x{height}.{extension}"


def is_attachment_id(text: str) -> bool:
    """Whether the gateway may have made it."""
    return re.match(_ID, text) is not None and not text.endswith("\n")


def attachment(identity: str, size: int) -> Attachment:
    """The image of this id, of `size` bytes. Raises ValueError for what is no id."""
    found = _PARTS.fullmatch(identity)
    if found is None or not is_attachment_id(identity):
        raise ValueError(f"{identity!r} is not an attachment's id")
    width, height, extension = found.groups()
    media_type = EXTENSIONS[extension]
    return Attachment(id=identity, media_type=media_type, bytes=size, width=int(width), height=int(height))


def object_key(session_id: str, identity: str) -> str:
    """Under which it is stored."""
    return f"{session_id}/{identity}"


def session_prefix(session_id: str) -> str:
    """With what the keys of all of a session's begin."""
    return f"{session_id}/"
