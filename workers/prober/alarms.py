"""Alerts from what the ops page shows, so that somebody is told where no Prometheus runs: pure.

Their names are those of the rules for Prometheus, and so are their runbooks; they come sooner.
"""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import replace

from schemas.lag import Standing
from schemas.ops import Alert, Now, Severity, StageFlow

LAG_S, STORE_LAG_S = 3.0, 30.0
"""As the gateway's lag_target_s and store_lag_target_s: the persister and webhooks may be later than what
somebody waits for."""

_LATE = ("persister", "webhooks")
OLDEST_WAIT_S = 120.0
MEAN_TIME_MS = 2_000.0
ERRORS = 0.01
CLEAR_MS = 10_000


class _Finding(NamedTuple):
    """What is wrong now; an alert when it is so for `hold_ms`."""

    name: str
    about: str
    severity: Severity
    hold_ms: int
    value: float


class _Held(NamedTuple):
    """Since when, until when it was so last, and the alert that it has become."""

    since_ms: int
    last_ms: int
    alert: Alert | None


class Alarms:
    """Judges once a second. `open_alerts` are those that an earlier process left behind."""

    def __init__(self, open_alerts: Iterable[Alert] = (), now_ms: int = 0) -> None:
        self._held = {(one.name, one.about): _Held(one.began_ms, now_ms, one) for one in open_alerts}

    def judge(self, now: Now) -> tuple[tuple[Alert, ...], tuple[Alert, ...]]:
        """Those that are on, worst first; and those that are new, or over since the last time."""
        changed: list[Alert] = []
        for one in findings(now):
            changed += self._find(one, now.at_ms)
        for key, held in list(self._held.items()):
            if now.at_ms - held.last_ms < (CLEAR_MS if held.alert else 1):
                continue
            del self._held[key]
            if held.alert:
                changed.append(replace(held.alert, ended_ms=now.at_ms))
        on = [held.alert for held in self._held.values() if held.alert]
        return tuple(sorted(on, key=lambda one: (one.severity != Severity.PAGE, one.began_ms))), tuple(
            changed
        )

    def _find(self, one: _Finding, at_ms: int) -> list[Alert]:
        key = one.name, one.about
        held = self._held.get(key) or _Held(at_ms, at_ms, None)
        alert, new = held.alert, False
        if alert is None and at_ms - held.since_ms >= one.hold_ms:
            new = True
            alert = Alert(
                name=one.name, about=one.about, severity=one.severity, began_ms=held.since_ms, value=one.value
            )
        elif alert is not None:
            alert = replace(alert, value=one.value)
        self._held[key] = _Held(held.since_ms, at_ms, alert)
        return [alert] if new and alert else []


def findings(now: Now) -> list[_Finding]:
    """All that is wrong at this moment, one for each thing that it is about."""
    return [*_of_stages(now.stages), *_of_queues(now), *_of_gateways(now)]


def _of_stages(stages: Iterable[StageFlow]) -> Iterable[_Finding]:
    worst: dict[tuple[str, str], _Finding] = {}
    for one in stages:
        target_s = STORE_LAG_S if one.group.endswith(_LATE) else LAG_S
        if one.seconds <= target_s:
            continue
        found = [_Finding("LagOverTarget", one.group, Severity.TICKET, 10_000, one.seconds)]
        if one.standing is Standing.STUCK:
            found.append(_Finding("PartitionStuck", one.group, Severity.PAGE, 15_000, one.seconds))
        if one.standing is Standing.GROWING:
            found.append(_Finding("LagGrows", one.group, Severity.PAGE, 60_000, one.seconds))
        for each in found:
            key = each.name, each.about
            worst[key] = max(worst.get(key, each), each, key=lambda one: one.value)
    return worst.values()


def _of_queues(now: Now) -> Iterable[_Finding]:
    for one in now.center.queues if now.center else ():
        wait_s = one.now.longest_wait_s if one.now.waiting else 0.0
        if wait_s > OLDEST_WAIT_S:
            yield _Finding("OldestWaitLong", f"{one.pool}/{one.now.queue}", Severity.TICKET, 5_000, wait_s)


def _of_gateways(now: Now) -> Iterable[_Finding]:
    all_of = now.gateways
    if not all_of.count:
        yield _Finding("ProcessDown", "gateway", Severity.PAGE, 10_000, 0.0)
    if all_of.level > 0:
        yield _Finding("Shedding", "gateway", Severity.TICKET, 5_000, all_of.level)
    if all_of.errors_per_s > ERRORS * max(all_of.requests_per_s, 1.0):
        yield _Finding("ErrorBudgetBurnsFast", "gateway", Severity.PAGE, 10_000, all_of.errors_per_s)
    if (all_of.times.p95_ms or 0.0) > MEAN_TIME_MS:
        yield _Finding("ResponsesSlow", "gateway", Severity.TICKET, 30_000, all_of.times.p95_ms or 0.0)
