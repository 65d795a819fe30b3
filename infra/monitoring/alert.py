"""An alert, and how it is written down for Prometheus."""

from enum import StrEnum
from typing import Any, NamedTuple

HOUR_S, DAY_S = 3600.0, 86_400.0
RUNBOOKS = "docs/runbooks"


class Severity(StrEnum):
    """Who is told: somebody is woken, or finds it in the morning."""

    PAGE = "page"
    TICKET = "ticket"


class Alert(NamedTuple):
    """`expr` holds for `for_s` seconds; `summary` is a sentence with Prometheus' templates in it."""

    name: str
    severity: Severity
    expr: str
    for_s: float
    summary: str


class Pace:
    """Windows and holds, divided by `times`: a rehearsal need not last as long as the real thing."""

    def __init__(self, times: float = 1.0) -> None:
        self._times = times

    def window(self, seconds: float) -> str:
        """As Prometheus writes it; no shorter than three scrapes of a rehearsal."""
        return duration(max(seconds / self._times, 3.0))

    def hold(self, seconds: float) -> str:
        """How long an expression must hold."""
        return duration(seconds / self._times)


def duration(seconds: float) -> str:
    """Milliseconds, seconds, minutes, hours or days, whichever fits without rest."""
    ms = round(seconds * 1000)
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)):
        if ms and ms % size == 0:
            return f"{ms // size}{unit}"
    return f"{ms}ms" if ms else "0s"


def rule(alert: Alert, pace: Pace, runbooks: str) -> dict[str, Any]:
    """As it stands in a file of rules."""
    return {
        "alert": alert.name,
        "expr": alert.expr,
        "for": pace.hold(alert.for_s),
        "labels": {"severity": alert.severity.value},
        "annotations": {"summary": alert.summary, "runbook_url": f"{runbooks}/{alert.name}.md"},
    }
