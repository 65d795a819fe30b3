"""Session ids: a UUIDv7 whose time names its month in Postgres and whose bits name its Kafka partition."""

import uuid
from datetime import UTC, datetime

MAX_PARTITIONS = 4096


def session_id(partition: int, unix_ms: int, random: int) -> str:
    """A new id for `partition` (0 to 4095) at `unix_ms`; `random` gives 62 bits.

    RFC 9562 UUIDv7: 48 bits of milliseconds, version, 12 bits (here the partition), variant, 62 bits.
    """
    if not 0 <= partition < MAX_PARTITIONS:
        raise ValueError(f"partition {partition} is not in 0..{MAX_PARTITIONS - 1}")
    value = (unix_ms & (1 << 48) - 1) << 80 | 0x7 << 76 | partition << 64
    # Half the time of going through uuid.UUID.
    text = f"{value | 0b10 << 62 | random & (1 << 62) - 1:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _parse(text: str) -> uuid.UUID:
    parsed = uuid.UUID(text)
    if parsed.version != 7 or str(parsed) != text:
        raise ValueError(f"{text!r} is not a session id")
    return parsed


def partition_of(session: str) -> int:
    """The Kafka partition that owns the session. Raises ValueError for what is no session id."""
    return _parse(session).int >> 64 & 0xFFF


def created_at(session: str) -> datetime:
    """The time in the id, UTC, to the millisecond: `created_at` of all the session's rows."""
    return datetime.fromtimestamp((_parse(session).int >> 80) / 1000, UTC)


def contact_id(session: str, leg: int) -> str:
    """The id of a conversation's `leg`-th request for an agent (from 1)."""
    return f"{session}.{leg}"


def session_of(contact: str) -> str:
    """The session that a contact belongs to."""
    return contact.partition(".")[0]
