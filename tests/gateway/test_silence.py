"""No log says what was written or what opens a door: a chat with marked secrets, and all that it logs."""

import json
import uuid
from pathlib import Path

import pytest
import redis
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from gateway.security.tokens import Role
from schemas.conversation import MessageAdded
from schemas.states import Role as Writer
from tests.gateway.bearers import agent, staff
from tests.gateway.calls import pools
from tests.gateway.conftest import POOL, Servers
from tests.gateway.feeds import frames, listening, store
from tests.gateway.process import SEAL, SECRET, GatewayProcess


def secret(of: str) -> str:
    """A text that occurs nowhere else."""
    return f"{of}-{uuid.uuid4().hex}"


def drive(gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis") -> dict[str, str]:
    """All that a client can say, well and badly; the secrets in it by name."""
    names = ("message", "name", "phone", "frame", "heard", "note", "bad", "spoilt", "query", "wrong")
    said = {name: secret(name) for name in names}
    body = {"customer_id": "c", "message": said["message"], "customer_name": said["name"]}
    started = gateway.post("/chat/start", body | {"phone": said["phone"][:40]}).body
    session, tokens = started["session_id"], {"customer": started["token"], "agent": agent()}
    said |= {
        "phone": said["phone"][:40],
        "customer token": tokens["customer"],
        "agent token": tokens["agent"],
    }
    bearing = {"Authorization": f"Bearer {tokens['customer']}", "Content-Type": "application/json"}
    for text in (
        f'{{"session_id": "{session}", "message": "{said["bad"]}"',
        f'{{"message": "{said["bad"]}"}}',
    ):
        assert gateway.ask("POST", "/chat/message", text.encode(), bearing).status in (400, 422)
    with connect(f"{gateway.url}/ws/customer?session_id={session}&token={tokens['customer']}") as socket:
        socket.send(json.dumps({"type": "message", "message": said["frame"]}))
        socket.send(f'{{"type": "{said["spoilt"]}')
        listening(feeds, f"nudge:session:{session}")
        heard = MessageAdded(session_id=session, seq=1, message_id="m", role=Writer.BOT, text=said["heard"])
        store(feeds, f"session:{session}", 1, heard)
        frames(socket, 2)
    with connect(f"{gateway.url}/ws/agent?token={tokens['agent']}") as socket:
        socket.send(json.dumps({"type": "complete", "contact_id": "s.1", "note": said["note"]}))
        socket.send(f'{{"type": "{said["spoilt"]}')
        frames(socket, 1)
    wrong = f"{said['wrong']}.{said['wrong']}.{said['wrong']}"
    with pytest.raises(InvalidStatus):
        connect(f"{gateway.url}/ws/agent?token={wrong}")
    for token, status in ((wrong, 401), (staff("sue", Role.SUPERVISOR), 200)):
        path = f"/consultation/history?customer_id={said['query']}"
        assert gateway.ask("GET", path, None, {"Authorization": f"Bearer {token}"}).status == status
        said[f"token of {status}"] = token
    with pools(servers, feeds):
        gateway.post("/supervisor/listen", {"contact_id": "s.1", "pool": POOL.pool})
    return said | {"key": SECRET.splitlines()[1], "seal": SEAL}


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_nothing_of_it_is_logged(servers: Servers, feeds: "redis.Redis", tmp_path: Path, level: str) -> None:
    process, log = GatewayProcess(servers.environment, log_level=level), tmp_path / "log"
    with log.open("wb") as process.log:
        process.start()
        try:
            said = drive(process, servers, feeds)
        finally:
            process.stop()
    lines = log.read_text().splitlines()
    assert lines, "the log is empty"
    assert {name: [line for line in lines if text in line][:1] for name, text in said.items()} == {
        name: [] for name in said
    }
