"""The page stands alone, is small, and a browser draws all of its charts."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.paths import CHECKOUT
from loadgen.report import Endpoint, Growing, Mark, Memory, NoCharts, Report, Resources, Target, render
from loadgen.report.database import DatabaseKept, Section
from loadgen.report.page import figure, thinned

VAR = CHECKOUT / "var"
HOURS_12 = 12 * 3600


GROWING = Growing("gateway", True, 91.0, 1.25, -0.5, 2.5, (105.0, 84.0, 120.0), [90.0, 91.0])
SECTION = Section(
    "Health", "A note.", ["deadlocks", "statement"], [["0", "</script><script>alert(2)</script>"]]
)


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
            Target("availability", "100 %", "≥ 99.9 %", True, 0.16),
            Target("mean", "9 ms", "≤ 3 ms", False, -2.0, "start"),
            Target(
                "cpu", "not measured", "≤ 80 %", None, None, why="--watch tells, on the platform's machine"
            ),
        ],
        "thresholds": [Target("http_req_failed", "0.5", "rate<0.1", False, -4.0)],
        "endpoints": [Endpoint("start", 1200, 1190, 3, 7, 4.0, 5.1, 4.0, 9.0, 14.0, 33.0, True)],
        "resources": Resources(["1", "spike"], [("gateway", [None, (0.91, 90 << 20)])]),
        "memory": Memory([0.1, 0.2], 0.05, 12.0, [GROWING], ["gateway (7) ended at 60 s"]),
        "database": DatabaseKept("aicc", "2026-11-23T12:00:00Z", [SECTION]),
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
    assert seen.count("<canvas") == 8
    assert re.search(r'id="trend-legend".*<button type="button"><i[^>]*></i>gateway', seen)
    for said in ("+16 %", "missed", "not measured", "ended at 60 s", "84 … 120", "deadlocks"):
        assert said in seen


def test_stands_alone_and_below_a_megabyte_after_twelve_hours() -> None:
    page = render(_report(HOURS_12), VAR)
    assert len(page.encode()) < 1 << 20
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)


def test_no_word_of_the_run_becomes_code() -> None:
    page = render(_report(profile="<script>alert(1)</script>", charts={"lag": {"</script>": [1.0]}}), VAR)
    assert "<script>alert" not in page.lower()
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
