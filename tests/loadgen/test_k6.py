"""The plain load test, as users of k6 run it: form bodies, no token, every check true."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.loadgen.servers import served
from tests.platform import Platform

SCRIPT = Path(__file__).with_name("plain.js")
K6 = Path(sys.executable).with_name("k6")


def plain_load_test(base_url: str, folder: Path, users: int, duration: str) -> dict[str, Any]:
    """Runs k6 and returns its metrics by name; fails with its output where it ends badly."""
    summary = folder / "summary.json"
    settings = {"BASE_URL": base_url, "USERS": users, "DURATION": duration}
    command = [str(K6), "run", "--quiet", "--no-usage-report", "--summary-export", str(summary)]
    for name, value in settings.items():
        command += ["-e", f"{name}={value}"]
    ran = subprocess.run([*command, str(SCRIPT)], check=False, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    metrics: dict[str, Any] = json.loads(summary.read_text())["metrics"]
    return metrics


def all_true(metrics: dict[str, Any], at_least: int) -> bool:
    checks, failed = metrics["checks"], metrics["http_req_failed"]
    return bool(checks["fails"] == 0 and checks["passes"] >= at_least and failed["passes"] == 0)


def test_the_script_itself(tmp_path: Path) -> None:
    with served("tests.loadgen.stand_in:app") as server:
        assert all_true(plain_load_test(server.url, tmp_path, users=5, duration="4s"), at_least=20)


def test_every_check_is_true_on_the_platform(platform: Platform, tmp_path: Path) -> None:
    """20 users for 20 s: 3 s and the answers' time each turn, four checks."""
    assert all_true(plain_load_test(platform.base_url, tmp_path, users=20, duration="20s"), at_least=320)
