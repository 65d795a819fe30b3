"""erasures, keyed by the digest of who is erased: read by the persister, kept for good, without the id."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

import msgspec

from schemas.codec import Record
from schemas.topics import TOPICS, kept_ms


class CustomerErased(Record, tag="customer.erased", kw_only=True, frozen=True):
    """The customer of this digest is to be forgotten as of `at_ms` (Unix milliseconds): the `sessions` that
    were known then, and every other one of the customer's that began before."""

    id: str
    customer: str
    at_ms: int
    sessions: tuple[str, ...] = ()


decode_erased = msgspec.json.Decoder(CustomerErased).decode


def digest(key: str, customer_id: str) -> str:
    """What stands for the customer where its id must not. SQL has it too: erase_customer."""
    return sha256(f"{key}|{customer_id}".encode()).hexdigest()


def last_copy_goes(at_ms: int) -> datetime:
    """When no topic holds anything any more that was written before then."""
    longest = max(kept for topic in TOPICS if (kept := kept_ms(topic)) is not None)
    return datetime.fromtimestamp(at_ms // 1000, UTC) + timedelta(milliseconds=longest)
