"""Session ids: a UUIDv7 whose time names its month in Postgres and whose bits name its Kafka partition."""

import re
from datetime import UTC, datetime

MAX_PARTITIONS = 4096
_SESSION = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-7([0-9a-f]{3})-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


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


def partition_of(session: str) -> int:
    """The Kafka partition that owns the session. Raises ValueError for what is no session id."""
    return int(_parts(session)[3], 16)


def known_partition(session: str) -> int:
    """The same, of what is known to be a session id, in a fraction of the time."""
    return int(session[15:18], 16)


def created_at(session: str) -> datetime:
    """The time in the id, UTC, to the millisecond: `created_at` of all the session's rows."""
    high, low = _parts(session).group(1, 2)
    return datetime.fromtimestamp(int(high + low, 16) / 1000, UTC)


def _parts(session: str) -> re.Match[str]:
    """The hex digits of the time, in two groups, and of the partition; a tenth of uuid.UUID's time."""
    found = _SESSION.fullmatch(session)
    if found is None:
        raise ValueError(f"{session!r} is not a session id")
    return found


def contact_id(session: str, leg: int) -> str:
    """The id of a conversation's `leg`-th request for an agent (from 1)."""
    return f"{session}.{leg}"


SESSION_LENGTH = 36


def session_of(contact: str) -> str:
    """The session that a contact belongs to."""
    return contact.partition(".")[0]
