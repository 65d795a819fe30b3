"""Alertmanager's configuration: who is told of what, together with what, and what is hidden by what."""

from typing import Any

from infra.monitoring.alert import DAY_S, HOUR_S, Pace, Severity
from infra.monitoring.receivers import AlertSettings, mail, receivers

_TOGETHER = ["alertname", "group", "pool"]
"""Alerts that have these in common come as one message: all partitions of a group, all queues of a pool, all
processes that are down."""

_LAG = ("GroupWithoutMembers", "PartitionStuck", "LagGrows", "LagOverTarget")
"""Each says more of a group than those after it."""

_BURNS = ("ErrorBudgetBurnsFast", "ErrorBudgetBurns", "ErrorBudgetBurnsSlowly")


def alertmanager(settings: AlertSettings, times: float = 1.0) -> dict[str, Any]:
    """The configuration; a rehearsal waits `times` shorter. Raises SettingsError."""
    pace = Pace(times)
    return {
        "global": mail(settings),
        "route": {
            "receiver": Severity.TICKET.value,
            "group_by": _TOGETHER,
            **_waits(pace, 60.0, 600.0, DAY_S),
            "routes": [
                {
                    "matchers": [f'severity="{Severity.PAGE}"'],
                    "receiver": Severity.PAGE.value,
                    **_waits(pace, 10.0, 60.0, 4 * HOUR_S),
                }
            ],
        },
        "inhibit_rules": _inhibitions(),
        "receivers": receivers(settings),
    }


def _waits(pace: Pace, first_s: float, more_s: float, again_s: float) -> dict[str, str]:
    """Until the first message of a group, until what joins it is told, until it is said again."""
    return {
        "group_wait": pace.hold(first_s),
        "group_interval": pace.hold(more_s),
        "repeat_interval": pace.hold(again_s),
    }


def _inhibitions() -> list[dict[str, Any]]:
    """A cause hides what follows from it. Records lost, or about to be, nothing hides."""
    ladders = [(_LAG, ["group"]), (_BURNS, [])]
    return [
        # As when no broker answers: what was measured last is shown, and says nothing any more.
        _hides("LagUnknown", _LAG, []),
        *(
            _hides(one, names[number:], equal)
            for names, equal in ladders
            for number, one in enumerate(names[:-1], 1)
        ),
    ]


def _hides(cause: str, others: tuple[str, ...], equal: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "source_matchers": [f'alertname="{cause}"'],
        "target_matchers": [f'alertname=~"{"|".join(others)}"'],
    }
    return made | ({"equal": list(equal)} if equal else {})
