"""POST /agent/connect where the client does not wait: nothing of the call is left behind."""

import json
import re
import socket
import time
from collections.abc import Callable, Iterator

import pytest
import redis

from schemas.codec import encode
from schemas.conversation import Asked, CommandAnswered
from schemas.states import Verdict
from tests.gateway.conftest import Servers
from tests.gateway.owner import Owner
from tests.gateway.process import GatewayProcess

SOON_S = 10.0


@pytest.fixture(scope="module")
def patient(servers: Servers) -> Iterator[GatewayProcess]:
    """A gateway that waits for longer, so that many wait at the same time."""
    process = GatewayProcess(servers.environment, connect_wait_s=3.0)
    process.start()
    yield process
    process.stop()


def counted(gateway: GatewayProcess, metric: str) -> float:
    page = gateway.get("/metrics").body.decode()
    return sum(float(value) for value in re.findall(rf"^{re.escape(metric)}\S* (\S+)$", page, re.MULTILINE))


def soon(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + SOON_S
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.02)


def asked_for(gateway: GatewayProcess, session: str) -> socket.socket:
    """A connection over which somebody asks for a person, and does not read."""
    body = json.dumps({"session_id": session}).encode()
    client = socket.create_connection(("127.0.0.1", gateway.port))
    client.sendall(
        b"POST /agent/connect HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    )
    return client


@pytest.mark.parametrize("answers", [True, False], ids=["late answer", "no answer"])
def test_a_client_gone_early_leaves_nothing(
    patient: GatewayProcess, servers: Servers, feeds: "redis.Redis", answers: bool
) -> None:
    session = str(patient.post("/chat/start", {"customer_id": "c"}).body["session_id"])
    heard: list[Asked] = []

    def decide(command: Asked) -> list[CommandAnswered]:
        heard.append(command)
        return []

    with Owner(servers.kafka, feeds, decide):
        clients = [asked_for(patient, session) for _ in range(20)]
        soon(lambda: counted(patient, "aicc_gateway_waiting") == 20, "not all of them wait")
        for client in clients:
            client.close()
        soon(lambda: len(heard) == 20, "not all of them are in the log")
        if answers:
            for command in heard:
                late = CommandAnswered(
                    session_id=session,
                    request_id=command.request_id,
                    reply_to=command.reply_to,
                    verdict=Verdict.ACCEPTED,
                    status="assigned",
                )
                feeds.publish(f"gateway:{command.reply_to}", encode(late))
        soon(lambda: counted(patient, "aicc_gateway_waiting") == 0, "somebody is waited for still")
    assert patient.post("/chat/start", {"customer_id": "next"}).status == 200
