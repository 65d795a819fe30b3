"""Each alert fires when it should, and stays quiet when it should."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from infra.monitoring.command import main
from infra.monitoring.rules import names, rules
from tests.infra.monitoring.cases import CASES


def promtool(*arguments: str) -> None:
    """Fails with what it says."""
    ran = subprocess.run(["promtool", *arguments], check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    path.write_text(yaml.safe_dump(rules()))
    return path


def test_prometheus_takes_them_in_earnest_and_in_a_rehearsal(file: Path, tmp_path: Path) -> None:
    quick = tmp_path / "quick.yaml"
    quick.write_text(yaml.safe_dump(rules(120)))
    promtool("check", "rules", str(file), str(quick))


def test_the_command_prints_them_with_where_the_pages_are() -> None:
    told = CliRunner().invoke(main, ["rules", "--runbooks", "https://wiki.example/pages/", "--times", "60"])
    assert told.exit_code == 0
    assert yaml.safe_load(told.output) == rules(60, "https://wiki.example/pages")
    assert CliRunner().invoke(main, ["rules", "--times", "0"]).exit_code == 2


def test_every_alert_has_a_case() -> None:
    assert CASES.keys() == set(names())


@pytest.mark.parametrize("step_m", sorted({case.step_m for case in CASES.values()}))
def test_each_fires_and_stays_quiet(file: Path, tmp_path: Path, step_m: int) -> None:
    tests = [
        _tried(name, series, case.at_m, step_m, fires=fires)
        for name, case in CASES.items()
        if case.step_m == step_m
        for fires, series in ((True, case.fires), (False, case.quiet))
    ]
    cases = tmp_path / "cases.yaml"
    told = {"rule_files": [str(file)], "evaluation_interval": f"{step_m}m", "tests": tests}
    cases.write_text(yaml.safe_dump(told))
    promtool("test", "rules", str(cases))


def _tried(name: str, series: dict[str, str], at_m: int, step_m: int, *, fires: bool) -> dict[str, Any]:
    """A test of promtool's."""
    firing = f'count(ALERTS{{alertname="{name}",alertstate="firing"}}) > bool 0 or vector(0)'
    return {
        "name": f"{name}, {'fires' if fires else 'quiet'}",
        "interval": f"{step_m}m",
        "input_series": [{"series": one, "values": values} for one, values in series.items()],
        "promql_expr_test": [
            {"expr": firing, "eval_time": f"{at_m}m", "exp_samples": [{"labels": "{}", "value": int(fires)}]}
        ],
    }
