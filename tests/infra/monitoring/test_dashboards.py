"""Dashboards are kept as they are made, and ask for what is measured in words that Prometheus knows."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from infra.monitoring import dashboards
from infra.monitoring.command import main
from infra.monitoring.dashboards import BOARDS
from infra.monitoring.dashboards.board import Board
from infra.monitoring.dashboards.grafana import PAGES, SOURCE
from infra.monitoring.dashboards.load import RUNS
from infra.monitoring.rules import rules
from infra.paths import CHECKOUT
from runtime.metrics_page import all_metrics, name_of
from tests.infra.monitoring.promql import asked, filled
from tests.infra.monitoring.test_rules import promtool

MONITORING = Path(dashboards.__file__).parent.parent
KEPT = MONITORING / "grafana"
OF_PROMETHEUS = {
    "up": {"job", "instance"},
    "ALERTS": {"alertname", "alertstate", "severity", "job", "instance"},
    "process_cpu_seconds_total": {"job", "instance"},
    "process_resident_memory_bytes": {"job", "instance"},
}


def known() -> dict[str, set[str]]:
    """The labels that each series may have."""
    found: dict[str, set[str]] = dict(OF_PROMETHEUS)
    for metric in all_metrics():
        labels = {*metric._labelnames, "job", "instance"}
        found |= {name_of(metric) + part: labels for part in ("", "_sum", "_count")}
        found[name_of(metric) + "_bucket"] = labels | {"le"}
    return found


def expressions() -> dict[str, str]:
    """Every query of dashboards and alerts, by where it stands."""
    found = {
        f"{board.uid}, {chart.title}, {number}": filled(query.expr)
        for board in BOARDS
        for chart in board.charts
        for number, query in enumerate(chart.queries)
    }
    for group in rules()["groups"]:
        found |= {one["alert"]: one["expr"] for one in group["rules"]}
    return found | {"annotation of runs": RUNS, "annotation of alerts": PAGES}


def test_they_are_kept_as_they_are_made(tmp_path: Path) -> None:
    """`aicc-monitoring dashboards infra/monitoring/grafana` makes this green again."""
    told = CliRunner().invoke(main, ["dashboards", str(tmp_path / "new")])
    assert told.exit_code == 0, told.output
    made = {file.name: file.read_text() for file in (tmp_path / "new").iterdir()}
    assert made == {file.name: file.read_text() for file in KEPT.iterdir()}


def test_where_they_cannot_be_written_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told = CliRunner().invoke(main, ["dashboards", str(tmp_path / "file" / "below")])
    assert (told.exit_code, told.output.count("Error:")) == (1, 1)


def test_prometheus_parses_every_query(tmp_path: Path) -> None:
    file = tmp_path / "queries.yaml"
    found = [{"record": f"q:{n}", "expr": expr} for n, expr in enumerate(expressions().values())]
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": found}]}))
    promtool("check", "rules", "--lint=none", str(file))


def test_every_metric_and_label_is_measured() -> None:
    names = known()
    for where, expr in expressions().items():
        selected, grouped = asked(expr)
        assert selected, where
        for name, labels in selected.items():
            assert name in names, (where, name)
            assert labels <= names[name], (where, name)
        assert grouped <= set().union(*(names[name] for name in selected)), where


def test_legends_name_labels_that_the_results_have() -> None:
    for board in BOARDS:
        for chart in board.charts:
            for query in chart.queries:
                wanted = {part.split("}}")[0] for part in query.legend.split("{{")[1:]}
                selected, grouped = asked(filled(query.expr))
                kept = grouped or set().union(*(known()[name] for name in selected))
                assert wanted <= kept, (board.uid, chart.title)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_a_dashboard_is_whole(board: Board) -> None:
    read: dict[str, Any] = json.loads((KEPT / f"{board.uid}.json").read_text())
    assert (read["uid"], read["title"]) == (board.uid, f"aicc: {board.title}")
    assert [panel["title"] for panel in read["panels"]] == [chart.title for chart in board.charts]
    chosen = {one["name"] for one in read["templating"].get("list", [])}
    for panel in read["panels"]:
        assert panel["datasource"]["uid"] == SOURCE
        for one in panel["targets"]:
            used = {name[1:] for name in ("$pool", "$group", "$run") if name in one["expr"]}
            assert used <= chosen, panel["title"]
    assert {one["name"] for one in read["annotations"]["list"]} == {"Load tests", "Pages"}
    for choice in board.choices:
        assert choice.label in known()[choice.metric]


def test_what_grafana_is_provisioned_with_names_the_same_source_and_place() -> None:
    (source,) = yaml.safe_load((MONITORING / "provisioning/datasources/aicc.yaml").read_text())["datasources"]
    assert (source["uid"], source["type"]) == (SOURCE, "prometheus")
    (provider,) = yaml.safe_load((MONITORING / "provisioning/dashboards/aicc.yaml").read_text())["providers"]
    assert provider["options"]["path"] in (CHECKOUT / "docs/monitoring.md").read_text()
