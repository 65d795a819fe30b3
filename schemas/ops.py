"""The ops page: the platform as it is, its last hour in short, alerts, and load tests; all of it in Redis."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

import msgspec

from schemas.lag import PartitionLag, Standing
from schemas.summary import Center

N = TypeVar("N")
GATEWAYS_KEY = "ops:gateways"
"""A hash: what each gateway has counted, by its id."""

NOW_KEY = "ops:now"
NOW_TTL_S = 5
"""Older than this it is gone: nobody should take for the present what nobody looks at any more."""

HOUR_KEY = "ops:hour"
"""A stream, one entry a second."""

HOUR_S = 3600
ALERTS_KEY = "ops:alerts"
MARKS_KEY = "ops:marks"
"""Hashes, by a name that stays the same while one alert or load test goes on."""

KEPT_MS = 24 * 3_600_000
"""Alerts and load tests that began longer ago are forgotten."""

MOST_KEPT = 500


class Spent(msgspec.Struct, frozen=True, gc=False):
    """What the requests of a route (`POST /chat/start`) took, those left out that were refused for load:
    `upto` are how many took no longer than each edge."""

    route: str
    upto: tuple[int, ...]


class GatewayCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What one gateway has counted since its start, so that any two of them give what was between; `level`,
    `sockets` and `pressures` are as of `at_ms`. `refused_as` is by class and reason, `new_chat/overload`.
    The last of `edges_s` is infinite, said as 0."""

    at_ms: int
    requests: float = 0.0
    refused: float = 0.0
    errors: float = 0.0
    level: float = 0.0
    sockets: float = 0.0
    pressures: dict[str, float] = {}
    refused_as: dict[str, float] = {}
    edges_s: tuple[float, ...] = ()
    spent: tuple[Spent, ...] = ()


class TopicFlow(msgspec.Struct, frozen=True, gc=False):
    """Records appended to a topic, a second."""

    topic: str
    per_s: float


class StageFlow(msgspec.Struct, frozen=True, gc=False):
    """What a consumer group does with a topic: records processed a second, those left, the age of the oldest.
    `standing` is that of its worst partition; nothing is left after `catchup_s`, null: never at this pace."""

    group: str
    topic: str
    per_s: float
    records: int
    seconds: float
    standing: Standing
    catchup_s: float | None


class ContactFlow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Contacts a second over the last few, test contacts included: those that entered a queue, were offered,
    accepted, gave up, went to wrap-up and were over."""

    queued: float = 0.0
    offered: float = 0.0
    answered: float = 0.0
    abandoned: float = 0.0
    wrapping: float = 0.0
    completed: float = 0.0


class Times(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Milliseconds that requests took; null where there were none."""

    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None


class RouteTimes(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Requests of one route a second, and what they took."""

    route: str
    per_s: float
    times: Times


class Shed(msgspec.Struct, frozen=True, gc=False):
    """Requests of a class that were refused a second, and why."""

    kind: str
    reason: str
    per_s: float


class Gateways(msgspec.Struct, frozen=True, kw_only=True):
    """All gateways together over the last few seconds. `times` leaves out what waits on purpose; `level` is
    the part that is refused, of the gateway that refuses most, as `pressures` are of the one with most."""

    count: int = 0
    requests_per_s: float = 0.0
    refused_per_s: float = 0.0
    errors_per_s: float = 0.0
    level: float = 0.0
    sockets: int = 0
    times: Times = Times()
    routes: tuple[RouteTimes, ...] = ()
    shed: tuple[Shed, ...] = ()
    pressures: dict[str, float] = {}


class Severity(StrEnum):
    """How urgent an alert is."""

    PAGE = "page"
    TICKET = "ticket"


class Source(StrEnum):
    """Who raised it."""

    OWN = "own"
    """The prober, from what this page shows."""

    ALERTMANAGER = "alertmanager"


class Alert(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something is wrong with `about` (a group, a queue) since `began_ms`, or was until `ended_ms`. `says` is
    in English and of the rule; pages say `own` ones in their words, by `name` and `value`."""

    name: str
    about: str = ""
    severity: str = Severity.TICKET
    source: Source = Source.OWN
    began_ms: int
    ended_ms: int | None = None
    value: float = 0.0
    says: str = ""
    runbook: str = ""

    @property
    def key(self) -> str:
        """Its field in the hash."""
        return f"{self.source}/{self.name}/{self.about}/{self.began_ms}"


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A load test: it began, and is over at `ended_ms`; null while it runs, `until_ms` being when it should
    be over. Unix milliseconds, of the gateway's clock."""

    run: str
    name: str
    began_ms: int
    until_ms: int
    ended_ms: int | None = None


class Now(msgspec.Struct, frozen=True, kw_only=True):
    """Everything as of `at_ms`; the lag as of `lag_at_ms` (null: nobody has measured it yet)."""

    at_ms: int
    lag_at_ms: int | None
    lag: tuple[PartitionLag, ...]
    topics: tuple[TopicFlow, ...]
    stages: tuple[StageFlow, ...]
    contacts: ContactFlow
    center: Center | None
    gateways: Gateways
    alerts: tuple[Alert, ...]


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """200 of GET /ops/now: with the alerts of the last day, newest first, and the load tests."""

    now: Now
    alerts: tuple[Alert, ...]
    marks: tuple[Mark, ...]


class Point(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A second of the last hour. `lag_s` and `lag_records` are by group, in the order of `groups`."""

    at_ms: int
    queued: float
    answered: float
    requests: float
    refused: float
    errors: float
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    waiting: int
    oldest_s: float
    level: float | None
    busy: int
    available: int
    groups: tuple[str, ...]
    lag_s: tuple[float, ...]
    lag_records: tuple[int, ...]


class Hour(msgspec.Struct, frozen=True, kw_only=True):
    """200 of GET /ops/hour, a column a figure: each row stands for `step_s` from its `at_ms` on; lags, waits
    and times are the worst in it, rates the mean. `lag_s` and `lag_records` are by group. `level` is the
    service level of all queues together."""

    step_s: int
    at_ms: list[int]
    series: dict[str, list[float | None]]
    lag_s: dict[str, list[float | None]]
    lag_records: dict[str, list[float | None]]
    alerts: tuple[Alert, ...]
    marks: tuple[Mark, ...]


def forgotten(began_ms: Mapping[N, int], now_ms: int) -> list[N]:
    """The names of alerts or load tests that are too old, or too many: whoever may add some must not fill
    Redis."""
    newest = sorted(began_ms, key=lambda name: -began_ms[name])
    return [name for i, name in enumerate(newest) if i >= MOST_KEPT or began_ms[name] < now_ms - KEPT_MS]


decode_now = msgspec.json.Decoder(Now).decode
decode_counts = msgspec.json.Decoder(GatewayCounts).decode
decode_point = msgspec.json.Decoder(Point).decode
decode_alert = msgspec.json.Decoder(Alert).decode
decode_mark = msgspec.json.Decoder(Mark).decode
