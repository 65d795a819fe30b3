"""The whole platform with TLS everywhere: three brokers, each service with its own rights only."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.paths import VAR
from tests.end_to_end import test_contact
from tests.infra.transit.cluster import secured
from tests.infra.transit.platform import SecuredPlatform
from tests.infra.transit.test_clients import come

pytestmark = pytest.mark.faults
SERVICES = ("conversations", "routing", "persister", "notifier", "gateway")


@pytest.fixture(scope="module")
def secured_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredPlatform]:
    """Everything running and ready."""
    var = VAR / "test" / f"{os.getpid()}.secured-platform"
    try:
        with secured(var, brokers=3) as stack, pytest.MonkeyPatch.context() as patch:
            come(patch, stack.admin)
            running = SecuredPlatform(stack, tmp_path_factory.mktemp("secured"))
            running.prepare()
            try:
                for name in SERVICES:
                    running.start(name, AICC_SESSION_TIMEOUT_S="30", AICC_SESSION_TIMEOUT_MS="30000")
                asyncio.run(running.ready(within_s=90))
                yield running
            finally:
                running.stop()
                _keep_logs(running.var)
    finally:
        shutil.rmtree(var, ignore_errors=True)


def _keep_logs(var: Path) -> None:
    """Printed, where a test fails."""
    for log in var.glob("*.log"):
        print(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}")


def test_a_contact_goes_through(secured_platform: SecuredPlatform) -> None:
    test_contact.test_a_contact_from_start_to_history(secured_platform)
    refused = {name: one.count("AuthorizationFailed") for name, one in secured_platform.services.items()}
    assert not any(refused.values()), refused
