"""routing.events, keyed by pool: every decision and why. What the measures are made from."""

from enum import StrEnum

import msgspec

from schemas.codec import Record
from schemas.states import Channel, OfferState, Presence


class Decided(StrEnum):
    """What a pool decided."""

    ENQUEUED = "enqueued"
    OFFERED = "offered"
    ASSIGNED = "assigned"
    WRAPPING = "wrapping"
    COMPLETED = "completed"
    TRANSFERRED = "transferred"
    REQUEUED = "requeued"
    RELAXED = "relaxed"
    OVERFLOWED = "overflowed"
    MOVED = "moved"
    PRIORITIZED = "prioritized"
    CANCELED = "canceled"
    RELEASED = "released"
    CLAIMED = "claimed"
    UNCLAIMED = "unclaimed"
    LISTENING = "listening"
    PRESENCE = "presence"
    CONFIGURED = "configured"
    SWITCHED = "switched"
    REFUSED = "refused"


class RoutingEvent(Record, tag="routing.decided", kw_only=True, frozen=True):
    """One decision of a pool, `reason` being why. `held` and `capacity` are the agent's load and its bound
    after it, `presence` the agent's where it changed; `offer` is what became of the offer, `by` who asked
    for it by hand, `linked_to` the contact that it continues. `waited_s` is the age of a contact
    that is assigned or canceled, with what it brought along from those that it continues; beside an estimate,
    the time since it joined the queue, of which `estimate_s` and `estimate_high_s` were said then (p50, p90).
    `at_ms` is the broker's time, Unix milliseconds. `seq` counts the pool's events from 1 without gap;
    it is 0 in logs from before it, and where there is no such pool."""

    pool: str
    event: Decided
    reason: str = ""
    contact_id: str = ""
    queue: str = ""
    channel: Channel = Channel.CHAT
    agent_id: str = ""
    offer_epoch: int = 0
    at_ms: int = 0
    held: int = 0
    capacity: int = 0
    synthetic: bool = False
    presence: Presence | None = None
    offer: OfferState | None = None
    by: str = ""
    linked_to: str = ""
    waited_s: float = 0.0
    estimate_s: float = 0.0
    estimate_high_s: float = 0.0
    seq: int = 0


decode_audit = msgspec.json.Decoder(RoutingEvent).decode
