"""A run shows itself to Prometheus while it goes on, and never fails for it."""

import signal
import socket
import urllib.request
from pathlib import Path

import pytest

from loadgen.command.exposing import Exposed
from tests.loadgen.command.test_command import begun, written
from tests.loadgen.servers import free_port, served


def test_a_run_is_seen_while_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("AICC_METRICS_PORT", str(port))
    with served("tests.loadgen.small_app:app") as server:
        profile = written(tmp_path / "small.yaml", "60s:40")
        going = begun(tmp_path / "runs", profile, "--target", server.url, seconds=1)
        try:
            page = shown(port)
        finally:
            going.send_signal(signal.SIGINT)
            going.communicate(timeout=30)
    (run,) = (one for one in (tmp_path / "runs").iterdir() if one.is_dir())
    assert f'aicc_loadgen_run{{profile="small",run="{run.name}"}} 1.0' in page
    offered = next(line for line in page.splitlines() if line.startswith("aicc_loadgen_offered_per_second{"))
    assert float(offered.split()[-1]) > 0
    assert f'aicc_loadgen_response_seconds{{percentile="95",run="{run.name}"}}' in page


def test_a_port_that_is_taken_is_said_and_ends_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with Exposed(port, "run", "profile") as exposed:
            assert f"AICC_METRICS_PORT={port}" in exposed.problem


def shown(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return bytes(answer.read()).decode()
