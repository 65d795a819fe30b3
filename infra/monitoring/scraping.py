"""What Prometheus is to scrape, and whom it tells."""

from collections.abc import Mapping
from typing import Any

from infra.monitoring.alert import duration

_EVERY_S, _LEAST_S = 5.0, 1.0


def prometheus(
    targets: Mapping[str, str], rules_file: str, alertmanager: str = "", times: float = 1.0
) -> dict[str, Any]:
    """The configuration: `targets` are addresses by job, which dashboards and alerts show; `alertmanager` is
    an address, or empty. A rehearsal scrapes so many times as often, at most once a second."""
    every = duration(max(_EVERY_S / times, _LEAST_S))
    jobs = [
        {"job_name": name, "static_configs": [{"targets": [address]}]} for name, address in targets.items()
    ]
    told = {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]} if alertmanager else {}
    return {
        "global": {"scrape_interval": every, "scrape_timeout": every, "evaluation_interval": every},
        "rule_files": [rules_file],
        "alerting": told,
        "scrape_configs": jobs,
    }
