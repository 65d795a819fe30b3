"""How the contact center is doing: what pools report, what is made of it, and what the gateway answers."""

import msgspec

from schemas.codec import Record

CENTER_KEY = "center"
CENTER_TTL_S = 5
"""Older than this it is gone: nobody should take for the present what nobody measures any more."""

RATES_KEY = "rates"
RATES_FRESH_S = 5.0
"""What a gateway said longer ago does not count: it has ended, or can't say anything."""


class QueueState(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who waits in a queue now, synthetic contacts left out; the longest wait with the age that the contact
    brought along; and how long one who came now would wait (p50, p90; null while nothing is known)."""

    queue: str
    waiting: int
    longest_wait_s: float
    estimated_wait_s: float | None = None
    estimated_wait_high_s: float | None = None


class AgentsState(msgspec.Struct, kw_only=True, gc=False):
    """How many agents are in which state, each counted once, synthetic ones left out. `serving` has an
    assigned contact, else `wrapping_up` one to wrap up, else `offered` an offer; of those who hold none
    `available` are routable, `away` not, `not_responding` away as they let an offer pass."""

    available: int = 0
    offered: int = 0
    serving: int = 0
    wrapping_up: int = 0
    away: int = 0
    not_responding: int = 0
    offline: int = 0


class PoolReport(Record, tag="pool.reported", kw_only=True, frozen=True):
    """pool.reports, keyed by pool: its state. Waits are as of `at_ms`, the time of the last record that it
    heard (Unix milliseconds, broker time)."""

    pool: str
    at_ms: int
    queues: tuple[QueueState, ...]
    agents: AgentsState


class Service(msgspec.Struct, kw_only=True, gc=False):
    """The contacts that came in the last `window_s`: `service_level` is `answered_within_over_queued` of
    docs/measures.md, null where nobody came."""

    queued: int = 0
    answered: int = 0
    abandoned: int = 0
    service_level: float | None = None


class QueueSummary(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A queue: as its pool reported it last, and what became of those who came of late."""

    pool: str
    now: QueueState
    recent: Service


class PoolAgents(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A pool's agents, by state, as it reported them at `at_ms` (Unix milliseconds, broker time)."""

    pool: str
    at_ms: int
    agents: AgentsState


class Center(msgspec.Struct, frozen=True, kw_only=True):
    """All pools that have reported within an hour, as the prober publishes them in Redis under CENTER_KEY;
    an answer within `within_s` is in time."""

    at_ms: int
    within_s: float
    window_s: int
    queues: tuple[QueueSummary, ...]
    pools: tuple[PoolAgents, ...]


class StageLag(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a consumer group has not processed: `seconds` is the age of the oldest such record."""

    stage: str
    records: int
    seconds: float


class Rates(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A second, over the last few: chats begun, messages taken, requests answered, of these refused for load
    (429, 503) and failed (other 5xx)."""

    starts_per_s: float = 0.0
    messages_per_s: float = 0.0
    requests_per_s: float = 0.0
    refused_per_s: float = 0.0
    errors_per_s: float = 0.0


class GatewayRates(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One gateway's rates at `at_ms`, by its id in the hash RATES_KEY."""

    at_ms: int
    rates: Rates


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """200 of /monitoring/metrics: the pools as of `at_ms`, the lag as of `lag_at_ms` (null: nobody measures
    it), the rates of all `gateways` together. Unix milliseconds."""

    at_ms: int
    within_s: float
    window_s: int
    queues: tuple[QueueSummary, ...]
    pools: tuple[PoolAgents, ...]
    lag_at_ms: int | None
    lag: tuple[StageLag, ...]
    gateways: int
    rates: Rates


decode_report = msgspec.json.Decoder(PoolReport).decode
decode_center = msgspec.json.Decoder(Center).decode
decode_rates = msgspec.json.Decoder(GatewayRates).decode
