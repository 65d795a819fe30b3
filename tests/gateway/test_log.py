"""What clients do wrong is no error in the gateway's log."""

import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from schemas.ids import session_id
from tests.gateway.conftest import Servers
from tests.gateway.process import GatewayProcess

SESSION = session_id(1, 1_790_000_000_000, 7)
HANDSHAKE = (
    "GET {} HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
Errors = Callable[[], list[str]]
CUSTOMER = f"/ws/customer?session_id={SESSION}"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gateway") / "log"


@pytest.fixture(scope="module")
def noted(servers: Servers, log: Path) -> Iterator[GatewayProcess]:
    """A gateway whose log is kept."""
    process = GatewayProcess(servers.environment)
    with log.open("wb") as process.log:
        process.start()
        yield process
        process.stop()


@pytest.fixture
def errors(noted: GatewayProcess, log: Path) -> Errors:
    """Gives the errors that were logged since the test began."""
    before = len(log.read_text())

    def found() -> list[str]:
        assert noted.get("/health/live").status == 200
        lines = [json.loads(line) for line in log.read_text()[before:].splitlines()]
        return [line["message"] for line in lines if line["level"] in ("ERROR", "CRITICAL")]

    return found


@pytest.mark.parametrize(
    "path", ["/ws/agent?token=x", "/ws/customer?session_id=nope", f"{CUSTOMER}&last_seq=x", "/ws/nowhere"]
)
def test_a_denied_handshake_is_no_error(noted: GatewayProcess, errors: Errors, path: str) -> None:
    with pytest.raises(InvalidStatus):
        connect(noted.url + path)
    assert errors() == []


@pytest.mark.parametrize("path", ["/ws/agent?token=x", CUSTOMER])
def test_a_client_that_leaves_in_the_handshake_is_no_error(
    noted: GatewayProcess, errors: Errors, path: str
) -> None:
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", noted.port)) as leaving:
            # Closing resets the connection.
            leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            leaving.sendall(HANDSHAKE.format(path).encode())
    time.sleep(0.2)
    assert errors() == []


def test_text_that_is_no_utf8_is_no_error(noted: GatewayProcess, errors: Errors) -> None:
    with connect(noted.url + CUSTOMER) as client:
        client.send(b"\xff", text=True)
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(timeout=5.0)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1007
    assert errors() == []
