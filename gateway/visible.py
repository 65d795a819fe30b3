"""What a customer sees of a transcript: of entries that are not for it their number alone. Pure."""

import msgspec

from gateway.realtime.feed import Entry
from schemas.codec import encode
from schemas.conversation import MessageAdded
from schemas.states import Role

HIDDEN = "hidden"
_SECRET = frozenset({"note", "whisper"})
_MARKS = tuple(b'"kind":"%s"' % kind.encode() for kind in sorted(_SECRET))
"""Never within a text, where quotes are escaped."""

decode_entry = msgspec.json.Decoder(MessageAdded).decode


def for_customer(entry: Entry) -> Entry:
    """The entry as the customer gets it."""
    if not any(mark in entry.data for mark in _MARKS):
        return entry
    return Entry(entry.seq, encode(seen_by_customer(decode_entry(entry.data))))


def seen_by_customer(entry: MessageAdded) -> MessageAdded:
    """The same, decoded."""
    if entry.kind not in _SECRET:
        return entry
    return MessageAdded(
        session_id=entry.session_id, seq=entry.seq, message_id="", role=Role.SYSTEM, kind=HIDDEN
    )
