"""How long each signal took to come back after a spike, and what that makes of the whole. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.stats import theilslopes

from loadgen.recovery.band import FLOORS, Band, Baseline, Rules, baseline
from loadgen.recovery.episode import Episode, episodes

_Values = NDArray[np.float64]

_SEEN_S = 5
"""A backlog that was not seen when the load was back may be seen so much later."""


class Outcome(StrEnum):
    """What became of the platform."""

    RECOVERED = "recovered"
    NOT_WITHIN_LIMIT = "not_within_limit"
    """Signals were still out of their bands when the watching ended, and on their way back."""
    METASTABLE = "metastable"
    """The load was back for long, and a signal did not come nearer to its band."""
    NOT_STRESSED = "not_stressed"
    """No signal left its band: nothing to recover from."""
    INVALID = "invalid"


@dataclass(frozen=True)
class Recovery:
    """One signal. Times in seconds of the run; None where it never was.

    `degraded_at` begins the first three samples above the band in or after the spike; `recovered_at` begins
    the first hold after the load was back. `recovery_s` counts from there on, 0 where the signal was
    back before. `area` is what lies above the baseline's median, in unit · seconds.
    """

    name: str
    band: Band
    degraded_at: int | None
    recovered_at: int | None
    recovery_s: float | None
    degrade_s: float | None
    degraded_s: float
    peak: float
    area: float
    drain_per_s: float | None
    stuck: bool

    @property
    def left(self) -> bool:
        """Whether the signal left its band at all."""
        return self.degraded_at is not None


@dataclass(frozen=True)
class Analysis:
    """A spike's recovery. `recovery_s` is that of the slowest signal, and None where one did not recover:
    then it took longer than `watched_s`. `predicted_s` is the backlog at the load's return over the
    capacity to spare; None where no capacity is known."""

    outcome: Outcome
    baseline: Baseline
    episode: Episode | None
    signals: dict[str, Recovery]
    recovery_s: float | None
    watched_s: int
    predicted_s: float | None
    reason: str = ""

    @property
    def ratio(self) -> float | None:
        """The measured drain over the predicted one."""
        lag = self.signals.get("lag_records")
        if not self.predicted_s or lag is None or lag.recovery_s is None:
            return None
        return lag.recovery_s / self.predicted_s


def analyse(
    offered: Sequence[float],
    signals: Mapping[str, Sequence[float]],
    rules: Rules | None = None,
    floors: Mapping[str, float] = FLOORS,
    capacity: float | None = None,
) -> list[Analysis]:
    """One Analysis a spike of `offered`; one that is INVALID or NOT_STRESSED where there is none.

    All sequences have one value a second and begin together; NaN where a signal was not taken. `capacity` is
    what can be served, in the unit of `offered`.
    """
    rules = rules or Rules()
    level = _level(offered, rules)
    known = baseline(offered, signals, level, rules, floors)
    if known.invalid:
        return [_nothing(Outcome.INVALID, known, known.invalid)]
    found = episodes(offered, known.rate, rules.leave)
    if not found:
        return [_nothing(Outcome.NOT_STRESSED, known, "the load never left the baseline")]
    return [_one(episode, known, offered, signals, rules, capacity) for episode in found]


def _level(offered: Sequence[float], rules: Rules) -> int:
    """Where the first long level stretch ends that the load leaves upward."""
    begin = 0
    for at in range(1, len(offered)):
        level = offered[begin]
        if offered[at] > level * rules.leave or offered[at] * rules.leave < level:
            if at - begin >= rules.least_s and offered[at] > level:
                return at
            begin = at
    return len(offered)


def _nothing(outcome: Outcome, known: Baseline, reason: str) -> Analysis:
    return Analysis(outcome, known, None, {}, None, 0, None, reason)


def _one(
    episode: Episode,
    known: Baseline,
    offered: Sequence[float],
    signals: Mapping[str, Sequence[float]],
    rules: Rules,
    capacity: float | None,
) -> Analysis:
    found = {
        name: recovery(name, np.asarray(values, float), known.bands[name], episode, rules)
        for name, values in signals.items()
    }
    left = [one for one in found.values() if one.left]
    outcome = _outcome(left)
    predicted = None
    if capacity is not None and "lag_records" in signals:
        limit = known.bands["lag_records"].limit
        predicted = drain_s(signals["lag_records"], limit, episode.t1, capacity, known.rate)
    slowest = max((one.recovery_s or 0.0 for one in left), default=None)
    return Analysis(
        outcome,
        known,
        episode,
        found,
        slowest if outcome == Outcome.RECOVERED else None,
        episode.end - episode.t1,
        predicted,
        _reason(outcome, left, episode),
    )


def recovery(name: str, values: _Values, limits: Band, episode: Episode, rules: Rules) -> Recovery:
    """Of one signal. A second without a value is out of band for a hold, and no sign of degrading."""
    seen = values[: episode.end]
    out = np.where(np.isnan(seen), False, seen > limits.limit)
    degraded = _degraded(out, episode, rules)
    if degraded is None:
        return Recovery(
            name, limits, None, None, None, None, 0.0, _most(seen[episode.t0 :]), 0.0, None, False
        )
    back = _hold(seen, limits, max(degraded, episode.t1), rules)
    back = _earlier(seen, limits, degraded, episode, back, rules)
    until = episode.end if back is None else back
    stretch = seen[degraded:until]
    over = stretch - limits.median
    took = None if back is None else float(max(0, back - episode.t1))
    return Recovery(
        name,
        limits,
        degraded,
        back,
        took,
        float(degraded - episode.t0),
        float(until - degraded),
        _most(stretch),
        float(np.nansum(np.maximum(over, 0.0))),
        _drain(seen, episode, until),
        back is None and _stuck(seen, limits, episode, rules),
    )


def _degraded(out: NDArray[np.bool_], episode: Episode, rules: Rules) -> int | None:
    """The first of the first three samples in a row out of the band, from the spike's beginning on."""
    row = 0
    for at in range(episode.t0, len(out)):
        row = row + 1 if out[at] else 0
        if row == rules.first:
            return at - rules.first + 1
    return None


def _hold(seen: _Values, limits: Band, since: int, rules: Rules) -> int | None:
    """Where the first hold begins at `since` or later; it must be seen to its end, nine seconds of ten."""
    known = ~np.isnan(seen)
    inside = known & (seen <= limits.limit)
    wild = known & (seen > rules.worst * limits.limit)
    for at in range(since, len(seen) - rules.hold_s + 1):
        hold = slice(at, at + rules.hold_s)
        taken = int(known[hold].sum())
        first = inside[hold][known[hold]][: rules.first]
        enough = taken >= rules.known * rules.hold_s and inside[hold].sum() >= math.floor(
            rules.in_band * taken
        )
        if inside[at] and enough and first.all() and not wild[hold].any():
            return at
    return None


def _earlier(
    seen: _Values, limits: Band, degraded: int, episode: Episode, back: int | None, rules: Rules
) -> int | None:
    """A signal may come back while the load is still high: then its recovery is where that hold began."""
    if back != episode.t1 or degraded >= episode.t1:
        return back
    inside = np.where(np.isnan(seen), False, seen <= limits.limit)
    at = episode.t1
    while at > degraded and inside[at - 1]:
        at -= 1
    return at


def _stuck(seen: _Values, limits: Band, episode: Episode, rules: Rules) -> bool:
    """Over the last half of what was watched, at least one hold long, the signal did not come nearer: at its
    rate it would not be back within another ten times what was watched."""
    rest = seen[episode.t1 :]
    late = rest[len(rest) // 2 :]
    late = late[~np.isnan(late)]
    if len(rest) < 2 * rules.hold_s or late.size < rules.hold_s:
        return False
    slope = theilslopes(late).slope
    left = float(np.median(late[-rules.hold_s :])) - limits.limit
    return bool(left > 0 and -slope * 10 * len(rest) < left)


def _drain(seen: _Values, episode: Episode, until: int) -> float | None:
    """How fast the signal fell from its peak after the load's return until it was back: Theil and Sen's
    slope (the median of the slopes between all pairs), positive."""
    rest = seen[episode.t1 : until]
    known = np.flatnonzero(~np.isnan(rest))
    if known.size < 3:
        return None
    peak = known[int(np.argmax(rest[known]))]
    falling = known[known >= peak]
    if falling.size < 3:
        return None
    return -float(theilslopes(rest[falling], falling).slope)


def _most(values: _Values) -> float:
    return float(np.nanmax(values)) if values.size and not np.isnan(values).all() else math.nan


def _outcome(left: Sequence[Recovery]) -> Outcome:
    if not left:
        return Outcome.NOT_STRESSED
    if all(one.recovered_at is not None for one in left):
        return Outcome.RECOVERED
    if any(one.stuck for one in left):
        return Outcome.METASTABLE
    return Outcome.NOT_WITHIN_LIMIT


def _reason(outcome: Outcome, left: Sequence[Recovery], episode: Episode) -> str:
    if outcome == Outcome.NOT_STRESSED:
        return "no signal left its band"
    away = [one.name for one in left if one.recovered_at is None]
    if away:
        return f"{', '.join(away)} not back {episode.end - episode.t1} s after the load was"
    return ""


def drain_s(lag: Sequence[float], limit: float, t1: int, capacity: float, rate: float) -> float | None:
    """backlog(t1) / (capacity − rate): what a queue served at a constant rate takes to drain to `limit`; all
    in records and seconds. None where the backlog is not known or nothing is to spare."""
    backlog = next((value for value in lag[t1 : t1 + _SEEN_S] if not math.isnan(value)), math.nan)
    if math.isnan(backlog) or not capacity > rate:
        return None
    return max(0.0, backlog - limit) / (capacity - rate)
