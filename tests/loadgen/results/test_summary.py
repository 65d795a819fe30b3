"""summary.json against k6's own, and figures by hand."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from loadgen.profiles.thresholds import metric_of
from loadgen.results.kept import judged
from loadgen.results.metrics import UnknownMetric, require_known, values
from loadgen.results.summary import summary
from loadgen.results.totals import Totals
from tests.loadgen.results.windows import window

STAGES = ("up", "hold")
_K6 = """
import http from 'k6/http';
import { check } from 'k6';
export const options = { vus: 1, iterations: 2, thresholds: {
  'http_req_duration{name:start}': ['p(95)<500'], 'http_req_failed': ['rate<0.5'] } };
export default function () {
  check(http.get('http://127.0.0.1:1/', { tags: { name: 'start' } }), { start: (r) => r.status === 200 });
}
export function handleSummary(data) { return { stdout: JSON.stringify(data) }; }
"""


def totals() -> Totals:
    made = Totals()
    made.add(window(0, 0, start={"ok": [0.01] * 8, "shed": [0.002]}))
    made.add(
        window(1, 1, start={"ok": [0.02] * 8, "wrong": [0.02]}, end={"timeout": [2.0], "conflict": [0.01]})
    )
    return made


@pytest.mark.parametrize(
    ("metric", "figure", "expected"),
    [
        ("http_reqs", "count", 20),
        ("http_reqs", "rate", 10),
        ("tps", "rate", 8),
        ("tps{stage:hold}", "rate", 8),
        ("tps{stage:2}", "count", 8),
        ("http_reqs{name:end}", "count", 2),
        ("http_reqs{expected_response:true}", "count", 17),
        ("http_req_failed", "passes", 3),
        ("errors", "passes", 2),
        ("errors{name:start}", "rate", 1 / 18),
        ("shed", "passes", 1),
        ("conflicts", "passes", 1),
        ("checks", "passes", 16),
        ("checks", "fails", 4),
        ("http_req_duration{kind:ok,stage:up}", "med", 10),
        ("response_time{kind:ok,stage:up}", "med", 11),
        ("http_req_duration", "max", 2000),
        ("iterations", "count", 4),
        ("vus", "value", 3),
        ("data_received", "count", 2000),
        ("contacts_assigned", "count", 2),
    ],
)
def test_figures(metric: str, figure: str, expected: float) -> None:
    assert values(totals(), metric_of(metric), STAGES)[figure] == pytest.approx(expected, rel=0.002)


def test_nothing_measured_gives_no_figure() -> None:
    assert values(totals(), metric_of("http_req_duration{name:other}")) == {}
    assert not {"http_req_duration", "errors", "vus"} & summary(Totals())["metrics"].keys()


@pytest.mark.parametrize("metric", ["http_req_druation", "http_req_duration{method:GET}", "vus{name:start}"])
def test_a_threshold_on_what_nobody_measures_is_refused(metric: str) -> None:
    with pytest.raises(UnknownMetric, match=r"there is no|has no tags"):
        require_known([metric])


def test_thresholds_stand_with_their_metrics() -> None:
    thresholds = {"http_req_duration{name:start}": ("p(99.9)<5", "avg<50"), "errors": ("rate<0.5",)}
    found = judged(totals(), thresholds, STAGES)
    assert [one.ok for one in found] == [False, True, True]
    metrics = summary(totals(), found, STAGES)["metrics"]
    assert metrics["http_req_duration{name:start}"]["thresholds"] == {
        "p(99.9)<5": {"ok": False},
        "avg<50": {"ok": True},
    }


def test_the_shape_is_k6s(tmp_path: Path) -> None:
    """Every metric that both have: same type, same content, at least k6's figures; the same keys around."""
    script = tmp_path / "script.js"
    script.write_text(_K6)
    k6 = str(Path(sys.executable).with_name("k6"))
    ran = subprocess.run(
        [k6, "run", "--quiet", "--no-usage-report", str(script)], capture_output=True, check=False, timeout=60
    )
    theirs: dict[str, Any] = json.loads(ran.stdout)
    thresholds = {"http_req_duration{name:start}": ("p(95)<500",), "http_req_failed": ("rate<0.5",)}
    made = totals()
    ours: dict[str, Any] = json.loads(json.dumps(summary(made, judged(made, thresholds, STAGES), STAGES)))
    assert theirs.keys() <= ours.keys()
    assert theirs["state"].keys() == ours["state"].keys()
    assert theirs["options"].keys() == ours["options"].keys()
    assert theirs["root_group"].keys() == ours["root_group"].keys()
    assert theirs["root_group"]["checks"][0].keys() == ours["root_group"]["checks"][0].keys()
    shared = theirs["metrics"].keys() & ours["metrics"].keys()
    assert {
        "http_reqs",
        "http_req_duration",
        "http_req_failed",
        "checks",
        "iterations",
        "data_sent",
    } <= shared
    assert "http_req_duration{name:start}" in shared
    for name in shared:
        their, our = theirs["metrics"][name], ours["metrics"][name]
        assert (their["type"], their["contains"]) == (our["type"], our["contains"]), name
        assert their["values"].keys() <= our["values"].keys(), name
        assert their.keys() == our.keys(), name
