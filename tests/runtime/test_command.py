"""Services called with arguments."""

import subprocess
import sys
from pathlib import Path

import pytest

SERVICES = ("gateway", "conversations", "routing", "persister", "notifier", "prober", "webhooks", "responder")


def call(service: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = Path(sys.executable).parent / f"aicc-{service}"
    return subprocess.run([script, *arguments], check=False, capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize("service", SERVICES)
def test_help_lists_the_settings_and_an_example(service: str) -> None:
    done = call(service, "--help")
    assert done.returncode == 0
    assert f"Example: AICC_LOG_LEVEL=DEBUG AICC_INSTANCE=1 aicc-{service}" in done.stdout
    assert "KAFKA_BOOTSTRAP" in done.stdout
    assert "AICC_METRICS_PORT" in done.stdout


@pytest.mark.parametrize("service", SERVICES)
def test_arguments_are_refused(service: str) -> None:
    done = call(service, "--port", "1")
    assert done.returncode == 2
    said = "No such option: --port" if service == "routing" else "unrecognized arguments: --port 1"
    assert said in done.stderr
