"""What is for the moment only: typing and who is there, between two gateways, and never in the log."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from websockets.sync.client import ClientConnection

from schemas.topics import CONVERSATION_COMMANDS
from tests.gateway.conftest import Servers
from tests.gateway.feeds import SOON_S, customer, frames, listening, write
from tests.gateway.process import GatewayProcess
from tests.gateway.test_agent_socket import open_socket, put, state
from tests.gateway.topics import records


@pytest.fixture(scope="module")
def other(servers: Servers) -> Iterator[GatewayProcess]:
    """Another gateway."""
    process = GatewayProcess(servers.environment)
    process.start()
    yield process
    assert process.stop() == 0


@pytest.fixture
def pair(
    gateway: GatewayProcess, other: GatewayProcess, feeds: "redis.Redis", session: str
) -> Iterator[tuple[ClientConnection, ClientConnection]]:
    """The customer's socket here, and there that of an agent who serves it; both know of each other."""
    put(feeds, state("gw-agent", 1, session))
    with customer(gateway, session) as theirs:
        listening(feeds, f"live:session:{session}")
        with open_socket(other, "gw-agent") as mine:
            until(theirs, "presence")
            assert until(mine, "presence") == there(session, "customer")
            yield theirs, mine


def until(socket: ClientConnection, type_: str) -> dict[str, Any]:
    """The next frame of that type."""
    while True:
        frame: dict[str, Any] = json.loads(socket.recv(timeout=SOON_S))
        if frame.get("type") == type_:
            return frame


def there(session: str, role: str, present: bool = True) -> dict[str, Any]:
    return {"type": "presence", "session_id": session, "role": role, "present": present, "best_effort": True}


def types(session: str, role: str) -> dict[str, Any]:
    return {"type": "typing", "session_id": session, "role": role, "best_effort": True}


def test_each_side_sees_that_the_other_types_but_not_how_often(
    pair: tuple[ClientConnection, ClientConnection],
    servers: Servers,
    feeds: "redis.Redis",
    session: str,
) -> None:
    theirs, mine = pair
    for _ in range(20):
        theirs.send('{"type":"typing"}')
        mine.send(json.dumps({"type": "typing", "session_id": session}))
    mine.send(json.dumps({"type": "typing", "session_id": "not-mine"}))
    assert until(mine, "typing") == types(session, "customer")
    assert until(theirs, "typing") == types(session, "agent")
    write(feeds, session, 1)
    (entry,) = frames(theirs, 1)
    assert entry["seq"] == 1, "one of twenty was passed on, and none of one's own came back"
    assert not records(servers.kafka, CONVERSATION_COMMANDS, b"typing")


def test_each_side_sees_the_other_come_and_go(
    pair: tuple[ClientConnection, ClientConnection], gateway: GatewayProcess, session: str
) -> None:
    theirs, mine = pair
    with customer(gateway, session) as second:
        assert until(mine, "presence") == there(session, "customer")
        assert until(second, "presence") == there(session, "agent")
        theirs.close()
        second.send('{"type":"typing"}')
        assert json.loads(mine.recv(timeout=SOON_S))["type"] == "typing", "one of two is left"
        mine.close()
        assert until(second, "presence") == there(session, "agent", present=False)


def test_the_agent_sees_the_customer_leave(
    pair: tuple[ClientConnection, ClientConnection], session: str
) -> None:
    theirs, mine = pair
    theirs.close()
    assert until(mine, "presence") == there(session, "customer", present=False)
