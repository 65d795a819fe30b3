"""aicc-loadgen as a user calls it, against a small real server."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loadgen.results.reading import read_run
from loadgen.results.state import Status
from loadgen.results.verdict import Exit
from tests.loadgen.servers import Served, free_port, served

LOADGEN = str(Path(sys.executable).with_name("aicc-loadgen"))
OFFERED = (Exit.OK, Exit.INVALID)
"""Beside other tests a generator may come too late to be valid; what it says then is tested elsewhere."""
PROFILE = """
mode: ramping-arrival-rate
start: 40
stages: {stages}
steps:
  - post: {{path: /echo, name: echo, json: {{id: "${{uuid}}"}}, expect: {{present: [id]}}}}
thresholds:
  "http_req_duration{{name:echo}}": {threshold}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served("tests.loadgen.small_app:app") as running:
        yield running


@pytest.fixture
def profile(tmp_path: Path) -> str:
    return written(tmp_path / "small.yaml", "1s:40,1s:40")


def written(path: Path, stages: str, threshold: str = "p(95)<5000") -> str:
    path.write_text(PROFILE.format(stages=stages, threshold=threshold))
    return str(path)


def call(runs: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"AICC_RUNS": str(runs), "COLUMNS": "120"} | environ
    return subprocess.run(
        [LOADGEN, *arguments], check=False, capture_output=True, text=True, timeout=60, env=env
    )


def only_run(runs: Path) -> Path:
    (directory,) = (one for one in runs.iterdir() if one.is_dir())
    return directory


def begun(runs: Path, *arguments: str, seconds: int = 2) -> "subprocess.Popen[str]":
    """A run that goes on; returns when it has written some seconds."""
    command = [LOADGEN, "run", *arguments, "--no-calibration"]
    going = subprocess.Popen(
        command, env=os.environ | {"AICC_RUNS": str(runs)}, stdout=subprocess.PIPE, text=True
    )
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if sum(one.read_bytes().count(b'"line":"second"') for one in runs.glob("*/windows.jsonl")) >= seconds:
            return going
        assert going.poll() is None, going.stdout and going.stdout.read()
        time.sleep(0.05)
    going.kill()
    raise TimeoutError("the run writes nothing")


def test_a_run_is_kept_reported_and_listed(server: Served, profile: str, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    ran = call(runs, "run", profile, "--target", server.url, "--seed", "7", "--no-calibration")
    assert ran.returncode in OFFERED, ran.stdout + ran.stderr
    assert ran.stdout.startswith(("Valid. All 1 thresholds hold.", "INVALID: "))
    assert "begun of intended" in ran.stdout
    directory = only_run(runs)
    meta = json.loads((directory / "meta.json").read_text())
    assert (meta["target"], meta["seed"], meta["processes"]) == (server.url, 7, 1)
    assert meta["profile"]["stages"][0]["target"] == 40
    assert "mode: ramping-arrival-rate" in meta["source"]
    assert meta["command"][:2] == ["aicc-loadgen", "run"]
    assert meta["machine"]["cpus"] == os.cpu_count()
    metrics = json.loads((directory / "summary.json").read_text())["metrics"]
    assert metrics["http_reqs"]["values"]["count"] == metrics["checks"]["values"]["passes"] == 80
    assert metrics["http_req_duration{name:echo}"]["thresholds"] == {"p(95)<5000": {"ok": True}}
    run = read_run(directory)
    assert run.state.status is Status.COMPLETE
    told = {f"{one.endpoint} {one.name}".strip(): one.met for one in run.verdict.targets}
    assert told["echo p95"] is told["availability"] is True
    assert told["cpu"] is told["memory"] is told["tps"] is None
    assert "--watch tells" in ran.stdout or not run.verdict.valid
    again = call(runs, "report", "latest")
    assert again.returncode == 0
    assert again.stdout.splitlines()[-1] == ran.stdout.splitlines()[-1]
    assert "http_req_duration{name:echo}" in again.stdout
    listed = call(runs, "history")
    assert directory.name in listed.stdout
    assert "complete" in listed.stdout


def test_a_breach_is_99(server: Served, tmp_path: Path) -> None:
    given = written(tmp_path / "fast.yaml", "1s:40", "p(95)<0.001")
    ran = call(
        tmp_path / "runs", "run", given, "--target", server.url, "--no-calibration", "--targets", "none"
    )
    assert "availability" not in ran.stdout
    assert ran.returncode in (Exit.BREACHED, Exit.INVALID)
    assert "Thresholds broken" in ran.stdout or ran.stdout.startswith("INVALID")
    verdict = json.loads((only_run(tmp_path / "runs") / "verdict.json").read_text())
    assert not verdict["thresholds"][0]["ok"]


def test_ctrl_c_keeps_what_there_is(server: Served, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    going = begun(runs, written(tmp_path / "long.yaml", "60s:40"), "--target", server.url)
    going.send_signal(signal.SIGINT)
    output, _ = going.communicate(timeout=30)
    assert going.returncode in (Exit.INTERRUPTED, Exit.INVALID), output
    run = read_run(only_run(runs))
    assert run.state.status is Status.INTERRUPTED
    assert run.totals.count() >= 40
    assert "SIGINT" in json.loads((run.directory / "summary.json").read_text())["partial"]


def test_kill_9_leaves_a_readable_part(server: Served, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    going = begun(runs, written(tmp_path / "long.yaml", "60s:40"), "--target", server.url)
    going.kill()
    going.communicate(timeout=30)
    assert not list(runs.glob("*/summary.json"))
    told = call(runs, "report")
    assert told.returncode == 0, told.stderr
    assert "kill -9" in told.stdout
    assert "Made summary.json" in told.stderr
    assert (
        json.loads((only_run(runs) / "summary.json").read_text())["metrics"]["http_reqs"]["values"]["count"]
        >= 40
    )
    assert "interrupted" in call(runs, "history").stdout


def test_a_target_that_is_away_is_marked(tmp_path: Path) -> None:
    given = written(tmp_path / "away.yaml", "2s:40")
    url = f"http://127.0.0.1:{free_port()}"
    ran = call(tmp_path / "runs", "run", given, "--target", url, "--no-calibration")
    assert ran.returncode in (Exit.BREACHED, Exit.FAILED, Exit.INVALID, Exit.OK)
    directory = only_run(tmp_path / "runs")
    assert '"target_down"' in (directory / "events.jsonl").read_text()
    metrics = json.loads((directory / "summary.json").read_text())["metrics"]
    assert metrics["errors"]["values"]["rate"] == 1
    assert metrics["tps"]["values"]["count"] == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "nothing-of-that-name"], "nothing-of-that-name"),
        (["run", "normal", "--target", "http://192.0.2.1:80"], "--allow-remote"),
        (["run", "normal", "--target", "nowhere"], "nowhere"),
        (["run", "normal", "--set", "stages=wrong"], "stages"),
        (["run", "normal", "--set", "thresholds.http_req_druation=p(95)<5"], "no metric http_req_druation"),
        (["run", "normal", "--hosts", "10.0.0.1:7700"], "AICC_WORKER_SECRET"),
        (["report", "2099"], "no run 2099"),
        (["report"], "There is no run"),
        (["worker", "--listen", "nowhere"], "HOST:PORT"),
        (["worker", "--listen", "127.0.0.1:0"], "AICC_WORKER_SECRET"),
        (["record", "--from", "2026-11-23T10:00", "--to", "2026-11-23T09:00"], "before"),
        (["record", "--from", "noon", "--to", "2026-11-23T09:00"], "no time"),
    ],
)
def test_wrong_usage_says_what_is_wrong(tmp_path: Path, arguments: list[str], says: str) -> None:
    ran = call(tmp_path, *arguments)
    assert ran.returncode == Exit.USAGE
    assert says in " ".join(ran.stderr.split())


def test_runs_that_cannot_be_kept_say_so(server: Served, profile: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = call(tmp_path / "file" / "runs", "run", profile, "--target", server.url, "--no-calibration")
    assert ran.returncode == Exit.FAILED
    assert "can't be kept" in ran.stderr


@pytest.mark.parametrize(
    "command", ["", "run", "report", "history", "calibrate", "capacity", "record", "worker"]
)
def test_every_command_has_help_with_an_example(tmp_path: Path, command: str) -> None:
    told = call(tmp_path, *command.split(), "--help")
    assert told.returncode == 0
    assert f"aicc-loadgen {command or 'run'}" in told.stdout


def test_no_run_yet_is_no_error(tmp_path: Path) -> None:
    told = call(tmp_path, "history")
    assert told.returncode == 0
    assert "no run yet" in told.stdout


@pytest.mark.faults
def test_a_calibration_is_kept_for_the_runs(server: Served, profile: str, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    measured = call(runs, "calibrate", "--seconds", "0.3")
    assert measured.returncode == 0, measured.stderr
    assert "per_core_per_s" in measured.stdout
    assert call(runs, "run", profile, "--target", server.url).returncode in OFFERED
    known = json.loads((only_run(runs) / "meta.json").read_text())["calibration"]
    assert known["per_core_per_s"] > 0
    assert call(runs, "report").returncode == 0


def test_capacity_ends_with_one_line_of_json(server: Served, profile: str, tmp_path: Path) -> None:
    ran = call(
        tmp_path / "runs",
        *("capacity", profile, "--target", server.url, "--p95", "5000", "--probes", "2"),
        *("--duration", "2", "--warm", "1", "--first", "10"),
    )
    assert ran.returncode in OFFERED, ran.stdout + ran.stderr
    figures = json.loads(ran.stdout.splitlines()[-1])
    assert {"tps", "p95_ms", "limited_by", "valid", "cpu"} <= figures.keys()
    assert figures["valid"] is False
    assert figures["probes"] == 2
    assert figures["cpu"]["generator"] > 0
    (kept,) = (tmp_path / "runs").glob("capacity-*.json")
    assert json.loads(kept.read_text()) == figures


def test_a_run_that_cannot_begin_says_why(server: Served, profile: str, tmp_path: Path) -> None:
    ran = call(
        tmp_path / "runs",
        *("run", profile, "--target", server.url, "--no-calibration", "--hosts", f"127.0.0.1:{free_port()}"),
        AICC_WORKER_SECRET="known",
    )
    assert ran.returncode == Exit.FAILED
    assert ran.stdout.startswith("The run could not be brought to its end: No generator answers at")
    assert "Traceback" not in ran.stderr
    assert read_run(only_run(tmp_path / "runs")).state.status is Status.PARTIAL
