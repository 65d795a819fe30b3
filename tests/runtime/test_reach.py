"""Commands whose servers are away: one sentence that names the address, and status 1."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.paths import CHECKOUT
from infra.stack import free_port
from runtime.reach import without_password

BIN = Path(sys.executable).parent
TRAFFIC = [sys.executable, "-m", "loadgen.traffic"]
COMMANDS = {
    "setup": [str(BIN / "aicc-setup")],
    "config": [str(BIN / "aicc-config"), "apply", "infra/demo.yaml"],
    "token": [str(BIN / "aicc-token"), "agent", "--agent", "agent-1"],
    "drive": [str(BIN / "aicc-demo"), "drive"],
    "agents": [str(BIN / "aicc-demo"), "agents"],
    "traffic": TRAFFIC,
}


def ran(argv: list[str], **environ: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name != "KAFKA_BOOTSTRAP"} | environ
    return subprocess.run(
        argv, check=False, capture_output=True, text=True, timeout=60, env=env, cwd=CHECKOUT
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_no_kafka_is_said_in_one_sentence(name: str) -> None:
    port = str(free_port())
    done = ran(COMMANDS[name], AICC_KAFKA_PORT=port)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith(
        f"Error: Kafka at 127.0.0.1:{port} does not answer. Start the platform with"
    )


@pytest.mark.parametrize("name", [*COMMANDS, "run"])
def test_help_has_an_example(name: str) -> None:
    done = ran([*COMMANDS.get(name, [str(BIN / "aicc-run")]), "--help"])
    assert done.returncode == 0
    assert "Example" in done.stdout


def test_a_password_is_not_shown() -> None:
    assert without_password("postgresql://me:secret@db:5433/aicc") == "postgresql://me@db:5433/aicc"
    assert without_password("kafka:9092,other:9092") == "kafka:9092,other:9092"
