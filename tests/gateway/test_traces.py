"""A gateway whose collector is broken serves as any other."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.conftest import Servers
from tests.gateway.process import GatewayProcess

MOST_LINES = 6


@pytest.fixture
def dead_address() -> Iterator[str]:
    """Nobody listens there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/v1/traces"


def test_a_broken_collector_harms_no_request(servers: Servers, dead_address: str, tmp_path: Path) -> None:
    process = GatewayProcess(servers.environment, trace_endpoint=dead_address, trace_ratio=1)
    log = tmp_path / "log"
    with log.open("wb") as process.log:
        process.start()
        try:
            found = [process.post("/chat/start", {"customer_id": "c"}).status for _ in range(50)]
        finally:
            assert process.stop() == 0
    assert found == [200] * 50
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    about_it = [line for line in lines if line["logger"].startswith("opentelemetry")]
    assert len(about_it) <= MOST_LINES
    assert not [line for line in lines if line["level"] in ("ERROR", "CRITICAL") and line not in about_it]
