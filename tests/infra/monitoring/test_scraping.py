"""What Prometheus is told of the local platform."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from infra.monitoring.command import main
from infra.monitoring.rules import rules
from infra.services import metrics_targets, service_programs
from tests.infra.monitoring.test_rules import promtool


def test_promtool_takes_what_the_command_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AICC_METRICS_BASE_PORT", "19180")
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(rules()))
    told = CliRunner().invoke(
        main, ["prometheus", "--rules", str(tmp_path / "rules.yaml"), "--alertmanager", "127.0.0.1:9093"]
    )
    assert told.exit_code == 0, told.output
    (tmp_path / "prometheus.yaml").write_text(told.output)
    promtool("check", "config", str(tmp_path / "prometheus.yaml"))
    assert "127.0.0.1:19185" in told.output
    assert yaml.safe_load(told.output)["global"]["scrape_interval"] == "5s"


def test_every_service_of_the_local_platform_is_scraped_where_it_is() -> None:
    targets = metrics_targets(9180, 8080)
    programs = service_programs(Path(), 9180, 8080)
    assert targets.keys() == {program.name for program in programs} | {"loadgen"}
    for program in programs:
        assert int(targets[program.name].rpartition(":")[2]) in {port.number for port in program.ports}


def test_others_are_scraped_where_they_are_said_to_be() -> None:
    told = CliRunner().invoke(
        main, ["prometheus", "--target", "gateway=gateway:8080", "--target", "prober=prober:9185"]
    )
    jobs = yaml.safe_load(told.output)["scrape_configs"]
    assert {job["job_name"]: job["static_configs"][0]["targets"] for job in jobs} == {
        "gateway": ["gateway:8080"],
        "prober": ["prober:9185"],
    }
    assert CliRunner().invoke(main, ["prometheus", "--target", "gateway"]).exit_code == 2
