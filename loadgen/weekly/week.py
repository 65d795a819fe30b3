"""A week's figures beside those of the weeks before it: pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, TypeVar

import numpy as np
from scipy import stats

from loadgen.capacity.growth import Growth

K = TypeVar("K")
LOOKED_AT_DAYS = 28
"""The week, and the three before it that its trends are drawn from."""

SERVICE_LEVEL, ABANDONED, WAIT_S = 0.8, 0.05, 20.0
"""The targets: answered within 20 s over answered and abandoned (as in GET /reports/intervals), abandoned
over offered, the mean wait of the answered."""

_WEEK_DAYS = 7
_QUARTER = timedelta(minutes=15)
_CHANCE = 0.01
"""What would happen so often by chance is no incident: few contacts say little of a service level."""

_MONTH_DAYS = 365.25 / 12


class Quarter(NamedTuple):
    """One queue's quarter of an hour; counts, and the milliseconds that the answered had waited."""

    begin_at: datetime
    pool: str
    queue: str
    offered: int
    answered: int
    within: int
    abandoned: int
    refused: int
    wait_ms: int


class Total(NamedTuple):
    """Quarters together; None where there was nobody."""

    offered: int
    answered: int
    abandoned: int
    refused: int
    service_level: float | None
    abandoned_share: float | None
    wait_s: float | None


class Target(NamedTuple):
    """A figure of this week and of the one before it: a share from 0 to 1, or seconds."""

    name: str
    figure: float | None
    before: float | None
    wanted: float
    at_least: bool

    @property
    def met(self) -> bool | None:
        """Whether this week's figure is as wanted."""
        if self.figure is None:
            return None
        return self.figure >= self.wanted if self.at_least else self.figure <= self.wanted


class Incident(NamedTuple):
    """Quarters in a row in which a queue was below its service level, or refused contacts."""

    kind: str
    """service_level or refused."""

    pool: str
    queue: str
    begin: datetime
    end: datetime
    total: Total


class Trend(NamedTuple):
    """By month, as a share of the median (0.05: 5 % more each), with the ends of the 95 % interval."""

    name: str
    monthly: float
    low: float
    high: float


class Forecast(NamedTuple):
    """Requests a second: the busiest quarter's, and the measured capacity, of which `headroom` is used.
    `on` is when it is reached, None: not within ten years, or never."""

    load: float
    capacity: float
    headroom: float
    monthly: float
    on: date | None


class Change(NamedTuple):
    """A change point in the history of load tests."""

    profile: str
    metric: str
    since: str
    commit: str
    before: float
    after: float
    unit: str
    better: bool


@dataclass(frozen=True)
class Week:
    """The page's content. `days` are all that were looked at, oldest first; `queues` those of the week."""

    begin: date
    end: date
    total: Total
    targets: list[Target]
    days: list[tuple[date, Total]]
    queues: list[tuple[str, Total]]
    incidents: list[Incident]
    trends: list[Trend]
    changes: list[Change] = field(default_factory=list)
    forecast: Forecast | None = None
    peak_per_s: float = 0.0
    """Contacts a second of the busiest quarter of an hour."""


def week(quarters: Sequence[Quarter], until: date) -> Week:
    """The seven days before `until` (UTC), among what is known of LOOKED_AT_DAYS."""
    begin = until - timedelta(days=_WEEK_DAYS)
    ours = [one for one in quarters if begin <= _day(one) < until]
    earlier = [one for one in quarters if begin - timedelta(days=_WEEK_DAYS) <= _day(one) < begin]
    days = [until - timedelta(days=back) for back in range(LOOKED_AT_DAYS, 0, -1)]
    by_day = _grouped(quarters, _day)
    by_queue = _grouped(ours, lambda one: f"{one.pool} / {one.queue}")
    totals = [(day, total(by_day.get(day, []))) for day in days]
    peaks = [sum(one.offered for one in some) for some in _grouped(ours, lambda one: one.begin_at).values()]
    return Week(
        begin=begin,
        end=until,
        total=total(ours),
        targets=_targets(total(ours), total(earlier)),
        days=totals,
        queues=[(name, total(some)) for name, some in sorted(by_queue.items())],
        incidents=incidents(ours),
        trends=[
            one
            for one in (
                _trend("contacts", totals, lambda all_: float(all_.offered)),
                _trend("wait", totals, lambda all_: all_.wait_s or 0.0),
            )
            if one
        ],
        peak_per_s=max(peaks, default=0) / _QUARTER.total_seconds(),
    )


def total(quarters: Iterable[Quarter]) -> Total:
    """All of them together."""
    some = list(quarters)
    offered, answered = sum(one.offered for one in some), sum(one.answered for one in some)
    abandoned = sum(one.abandoned for one in some)
    return Total(
        offered,
        answered,
        abandoned,
        sum(one.refused for one in some),
        sum(one.within for one in some) / (answered + abandoned) if answered + abandoned else None,
        abandoned / offered if offered else None,
        sum(one.wait_ms for one in some) / answered / 1000 if answered else None,
    )


def incidents(quarters: Iterable[Quarter]) -> list[Incident]:
    """The longest first: those of a queue that follow one another are one."""
    found = []
    for kind, is_one in (("service_level", _below), ("refused", lambda one: one.refused > 0)):
        for (pool, queue), some in _grouped(quarters, lambda one: (one.pool, one.queue)).items():
            for run in _runs([one for one in some if is_one(one)]):
                if kind == "service_level" and _by_chance(run):
                    continue
                end = run[-1].begin_at + _QUARTER
                found.append(Incident(kind, pool, queue, run[0].begin_at, end, total(run)))
    return sorted(found, key=lambda one: (one.begin - one.end, one.begin))


def forecast(load: float, capacity: float, headroom: float, trends: Sequence[Trend], today: date) -> Forecast:
    """By the trend of contacts, compounded."""
    monthly = next((one.monthly for one in trends if one.name == "contacts"), 0.0)
    on = Growth(load, monthly, today).reaches(capacity * headroom)
    return Forecast(load, capacity, headroom, monthly, on)


def _below(one: Quarter) -> bool:
    decided = one.answered + one.abandoned
    return bool(decided) and one.within / decided < SERVICE_LEVEL


def _by_chance(run: Sequence[Quarter]) -> bool:
    """Whether a queue that is at its target would have such quarters: the binomial's tail."""
    decided, within = sum(one.answered + one.abandoned for one in run), sum(one.within for one in run)
    return bool(stats.binom.cdf(within, decided, SERVICE_LEVEL) >= _CHANCE)


def _runs(some: Sequence[Quarter]) -> list[list[Quarter]]:
    runs: list[list[Quarter]] = []
    for one in some:
        if runs and one.begin_at - runs[-1][-1].begin_at <= _QUARTER:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


def _targets(now: Total, before: Total) -> list[Target]:
    return [
        Target("service_level", now.service_level, before.service_level, SERVICE_LEVEL, True),
        Target("abandoned_share", now.abandoned_share, before.abandoned_share, ABANDONED, False),
        Target("wait_s", now.wait_s, before.wait_s, WAIT_S, False),
    ]


def _trend(name: str, days: Sequence[tuple[date, Total]], of: Callable[[Total], float]) -> Trend | None:
    """Theil and Sen's slope of the logarithm, by the days on which there was anybody; None for fewer than
    two weeks of them: weekdays would pass for a trend."""
    known = [(nth, of(one)) for nth, (_, one) in enumerate(days) if of(one) > 0]
    if len(known) < 2 * _WEEK_DAYS:
        return None
    at, values = np.array([nth for nth, _ in known]), np.log([value for _, value in known])
    slope, _, low, high = stats.theilslopes(values, at, 0.95)
    return Trend(name, *(float(np.expm1(one * _MONTH_DAYS)) for one in (slope, low, high)))


def _day(one: Quarter) -> date:
    return one.begin_at.astimezone(UTC).date()


def _grouped(some: Iterable[Quarter], key: Callable[[Quarter], K]) -> dict[K, list[Quarter]]:
    found: defaultdict[K, list[Quarter]] = defaultdict(list)
    for one in some:
        found[key(one)].append(one)
    return found
