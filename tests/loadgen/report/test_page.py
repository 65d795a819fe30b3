"""The page stands alone, is small, and a browser draws all of its charts."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.paths import CHECKOUT
from loadgen.report import Endpoint, Mark, NoCharts, Report, Resource, Target, render
from loadgen.report.page import figure, thinned

VAR = CHECKOUT / "var"
HOURS_12 = 12 * 3600


def _report(seconds: int = 300, **more: object) -> Report:
    level: list[float | None] = [float(at % 97) for at in range(seconds)]
    charts = {
        name: {f"{name} {nth}": level for nth in range(4)}
        for name in ("load", "users", "latency", "failures", "lag", "cpu", "memory")
    }
    known: dict[str, object] = {
        "run": "20261123-120000-ab12",
        "profile": "spike-contacts",
        "verdict": "passed",
        "valid": True,
        "reasons": [],
        "facts": [("seed", "1")],
        "seconds": seconds,
        "charts": charts,
        "marks": [Mark("spike", "spike", 60, 120), Mark("recovery", "back", 120, 130)],
        "targets": [
            Target("recovery_s", 4.2, 5.0, "s", True, 0.16),
            Target("p95", 9.0, 3.0, "s", False, -2.0),
        ],
        "endpoints": [Endpoint("start", 1200, 1190, 3, 7, 4.0, 5.1, 4.0, 9.0, 14.0, 33.0, True)],
        "resources": [Resource("aicc-gateway", "spike", 0.91, 90 << 20)],
        "trends": [("aicc-gateway", 1.0e6, -0.5e6, 2.5e6)],
    }
    return Report(**(known | more))  # type: ignore[arg-type]


def _chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "Chromium is missing: `make setup` installs it"
    return found


def test_a_browser_draws_every_chart(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    page.write_text(render(_report(), VAR))
    seen = subprocess.run(
        [
            _chromium(),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--lang=en",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    assert seen.count("<canvas") == 7
    assert "+16 %" in seen
    assert "missed" in seen


def test_stands_alone_and_below_a_megabyte_after_twelve_hours() -> None:
    page = render(_report(HOURS_12), VAR)
    assert len(page.encode()) < 1 << 20
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)


def test_no_word_of_the_run_becomes_code() -> None:
    page = render(_report(profile="<script>alert(1)</script>", charts={"lag": {"</script>": [1.0]}}), VAR)
    assert "<script>alert" not in page
    assert page.count("</script>") == 3


def test_an_invalid_run_says_so_first() -> None:
    page = render(_report(valid=False, reasons=["sent 3 % less than intended"]), VAR)
    assert page.index("INVALID") < page.index("sent 3 % less") < page.index("chart-load")


def test_a_spike_of_one_second_stays_when_points_are_left_out() -> None:
    assert thinned([1.0, 9.0, None, 1.0, None, None], 2) == [9.0, 1.0, None]


def test_says_what_is_not_installed(tmp_path: Path) -> None:
    with pytest.raises(NoCharts, match="make setup"):
        render(_report(), tmp_path)


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (1.23456, "1.23"), (1234.5, "1,234"), (99.96, "100")]
)
def test_figures_have_three_digits(value: float, text: str) -> None:
    assert figure(value) == text
