"""The real Prometheus and Alertmanager watch the platform: queries are answered, a lag wakes somebody."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import yaml

from infra.monitoring.alertmanager import alertmanager as telling
from infra.monitoring.receivers import AlertSettings
from infra.monitoring.rules import rules
from infra.monitoring.scraping import prometheus as scraping
from tests.end_to_end.clients import begin, post
from tests.end_to_end.test_contact import customer
from tests.infra.monitoring.promql import asked
from tests.infra.monitoring.servers import Hook, Server, alertmanager, prometheus
from tests.infra.monitoring.test_dashboards import expressions
from tests.platform import Platform
from tests.waiting import until

TIMES = 60
"""A rehearsal: holds of a minute last a second."""

TOLD_WITHIN_S = 15.0
"""A lag of 3 s, held for 1 s, seen by a scrape a second, told at once; the rest is the machine's."""


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    with Hook().listening() as hook:
        yield hook


@pytest.fixture(scope="module")
def watching(platform: Platform, hook: Hook, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Prometheus, which has scraped everybody."""
    directory = tmp_path_factory.mktemp("monitoring")
    (directory / "rules.yaml").write_text(yaml.safe_dump(rules(TIMES)))
    targets = {key.rpartition("-")[0]: address for key, address in platform.metrics.items()}
    settings = AlertSettings(alert_page=f"{hook.url}/page", alert_ticket=f"{hook.url}/ticket")
    with (
        alertmanager(telling(settings, TIMES), directory) as tells,
        prometheus(scraping(targets, "rules.yaml", tells.address, TIMES), directory) as server,
    ):
        asyncio.run(until(lambda: seen(server, "up == 1", len(targets)), 30, "not all are scraped"))
        yield server


def seen(server: Server, expr: str, number: int = 1) -> bool:
    return server.is_ready() and len(server.asked(expr)) >= number


def test_every_query_has_the_metrics_and_labels_that_it_asks_for(
    platform: Platform, watching: Server
) -> None:
    session = begin(platform, customer())
    assert post(platform, "/chat/end", session_id=session).status == 200
    asyncio.run(
        until(lambda: seen(watching, 'http_requests_total{route="/chat/end"}'), 10, "the call is not counted")
    )
    measured = 0
    found = expressions()
    for where, expr in found.items():
        watching.asked(expr)  # refused where Prometheus can't read it
        selected, grouped = asked(expr)
        kept = set[str]()
        for name, labels in selected.items():
            shown = [set(one["metric"]) for one in watching.asked(name)]
            kept = kept.union(*shown)
            measured += bool(shown)
            assert not shown or any(labels <= one for one in shown), (where, name)
        assert grouped <= kept or not kept, where
    assert measured > len(found) / 2, "of most there is something to see"


def test_a_stopped_persister_wakes_somebody_who_hears_when_it_is_over(
    platform: Platform, watching: Server, hook: Hook
) -> None:
    with stopped(platform, "persister-0"):
        began = time.monotonic()
        session = begin(platform, customer())
        lag = 'ALERTS{alertname="LagOverTarget",group="persister",alertstate="firing"}'
        asyncio.run(until(lambda: seen(watching, lag), TOLD_WITHIN_S, "the lag alert does not fire"))
        asyncio.run(
            until(lambda: bool(hook.messages("/page", "firing", group="persister")), 10, "nobody is told")
        )
        assert time.monotonic() - began < TOLD_WITHIN_S + 10
        (first, *_) = hook.messages("/page", "firing", group="persister")
        assert first["receiver"] == "page"
        assert first["alerts"][0]["annotations"]["runbook_url"].startswith("docs/runbooks/")
    asyncio.run(
        until(lambda: bool(hook.messages("/page", "resolved", group="persister")), 30, "it is never over")
    )
    assert post(platform, "/chat/end", session_id=session).status == 200


@contextmanager
def stopped(platform: Platform, key: str) -> Iterator[None]:
    service = platform.services[key]
    service.stop()
    try:
        yield
    finally:
        service.start()
        asyncio.run(until(lambda: platform.is_ready(key), 40, f"{key} is not ready again"))
