"""How alerts are written down."""

import pytest

from infra.monitoring.alert import RUNBOOKS, Pace, duration
from infra.monitoring.rules import names, rules
from infra.paths import CHECKOUT


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (300, "5m"), (90, "90s"), (3600, "1h"), (259_200, "3d"), (1.5, "1500ms"), (21_600, "6h")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_rehearsal_is_shorter_but_no_window_shorter_than_three_scrapes() -> None:
    pace = Pace(60)
    assert (pace.window(3600), pace.window(120), pace.hold(60)) == ("1m", "3s", "1s")


def test_every_alert_has_a_severity_a_sentence_and_a_runbook_page() -> None:
    found = [one for group in rules()["groups"] for one in group["rules"]]
    assert len({one["alert"] for one in found}) == len(found)
    for one in found:
        assert one["labels"]["severity"] in ("page", "ticket")
        assert one["annotations"]["summary"].endswith((".", ":"))
        assert (CHECKOUT / one["annotations"]["runbook_url"]).is_file(), one["alert"]


def test_there_is_no_runbook_page_for_what_never_fires() -> None:
    pages = {path.stem for path in (CHECKOUT / RUNBOOKS).glob("*.md")} - {"README"}
    assert pages == set(names())
