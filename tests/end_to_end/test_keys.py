"""Idempotency-Key through every process: one effect and one answer, on any gateway, whatever is killed."""

import asyncio
import json
import random
import uuid
from collections.abc import Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException
from typing import Any

import pytest

from tests.end_to_end.clients import begin, call, history, post_as, token_of
from tests.end_to_end.test_contact import closed, customer
from tests.gateway.process import JSON, GatewayProcess
from tests.platform import Platform
from tests.waiting import until

AGENT = "beta-1"


class Clients:
    """Clients of two gateways, who repeat what they ask until it is known what became of it."""

    def __init__(self, platform: Platform, other: GatewayProcess) -> None:
        self.ports = [platform.port, other.port]
        self.platform, self.other = platform, other

    def ask(self, path: str, key: str, *, port: int = 0, token: str = "", **fields: Any) -> tuple[int, Any]:
        """Status and body of the first answer but 503."""
        headers = {"Content-Type": JSON, "Idempotency-Key": key}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        to = GatewayProcess({})
        to.port = port or self.ports[0]
        found: list[tuple[int, Any]] = []

        def is_known() -> bool:
            with suppress(OSError, HTTPException):
                reply = to.ask("POST", path, json.dumps(fields).encode(), headers)
                found.append((reply.status, reply.body))
            return bool(found) and found[-1][0] != 503

        asyncio.run(until(is_known, 120, f"{path} is not answered"))
        return found[-1]

    def same(self, path: str, key: str, **fields: Any) -> tuple[int, Any]:
        """The one answer to four who ask at one time, by two gateways."""
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda n: self.ask(path, key, port=self.ports[n % 2], **fields), range(4)))
        assert all(one == found[0] for one in found), found
        return found[0]


@pytest.fixture(scope="module")
def clients(platform: Platform) -> Iterator[Clients]:
    secret = (platform.var / "gateway.secret").read_text()
    other = GatewayProcess(
        platform.environment,
        instance="gateway-other",
        jwt_key=platform.var / "jwt.key",
        secret=secret.strip(),
        admission="false",
    )
    other.start()
    yield Clients(platform, other)
    other.stop()


def key() -> str:
    return uuid.uuid4().hex


def test_a_start_begins_one_session(platform: Platform, clients: Clients) -> None:
    name, once = customer(), key()
    status, body = clients.same("/chat/start", once, customer_id=name, message="hello")
    assert status == 200
    assert clients.ask("/chat/start", once, customer_id=name, message="hello!")[0] == 422
    other = clients.ask("/chat/start", key(), customer_id=name, message="hello")[1]["session_id"]
    for session in (body["session_id"], other):
        clients.ask("/chat/end", key(), session_id=session)
        assert closed(platform, session)["status"] == "bot_resolved"
    found = call(platform, "GET", f"/consultation/history?customer_id={name}").body["items"]
    assert {one["session_id"] for one in found} == {body["session_id"], other}


def test_what_was_done_and_what_was_refused_is_answered_again_whatever_was_killed(
    platform: Platform, clients: Clients
) -> None:
    session = begin(platform, customer())
    said = {"session_id": session, "message": "once"}
    asked = [
        ("/chat/message", key(), said, 200),
        ("/chat/end", key(), {"session_id": session}, 200),
        ("/chat/end", key(), {"session_id": session}, 409),
        ("/chat/message", key(), said, 409),
        ("/agent/connect", key(), {"session_id": session, "queue": "beta"}, 409),
    ]
    first = [clients.same(path, once, **fields) for path, once, fields, _ in asked]
    assert [status for status, _ in first] == [status for *_, status in asked]
    assert clients.ask(*asked[0][:2], session_id=session, message="twice")[0] == 422
    for name in ("conversations-0", "gateway-0"):
        platform.services[name].kill()
    clients.other.stop()
    clients.other.start()
    assert [
        clients.ask(path, once, port=clients.ports[1], **fields) for path, once, fields, _ in asked
    ] == first
    stored = closed(platform, session)
    assert [one["text"] for one in stored["messages"] if one.get("kind", "text") == "text"] == [
        "hello",
        "once",
    ]


def _until_done(asked: Collection["Future[str]"], count: int) -> None:
    asyncio.run(until(lambda: sum(one.done() for one in asked) >= count, 60, "nobody starts"))


def test_who_asks_until_it_is_known_starts_once_whatever_is_killed_meanwhile(
    platform: Platform, clients: Clients, rng: random.Random
) -> None:
    starts = {customer(): (key(), rng.sample(clients.ports, 2)) for _ in range(24)}

    def begun(name: str) -> str:
        once, ports = starts[name]
        one, other = (clients.ask("/chat/start", once, port=port, customer_id=name) for port in ports)
        assert one == other
        return str(one[1]["session_id"])

    with ThreadPoolExecutor(6) as pool:
        asked = {name: pool.submit(begun, name) for name in starts}
        for most, service in ((2, "conversations-0"), (8, "gateway-0"), (14, "notifier-0")):
            _until_done(asked.values(), most)
            platform.services[service].kill()
        sessions = {name: one.result() for name, one in asked.items()}
    for name, session in sessions.items():
        assert clients.ask("/chat/end", key(), session_id=session)[0] in (200, 409)  # idle for too long
        assert closed(platform, session)["customer_id"] == name
        found = call(platform, "GET", f"/consultation/history?customer_id={name}").body["items"]
        assert [one["session_id"] for one in found] == [session]


def test_a_customer_connects_once_and_an_agent_accepts_once(platform: Platform, clients: Clients) -> None:
    session = begin(platform, customer())
    connecting, accepting, completing = key(), key(), key()
    body = {"session_id": session, "queue": "beta"}
    assert clients.same("/agent/connect", connecting, **body)[1]["status"] == "queued"
    token = token_of(platform, AGENT)
    assert post_as(platform, AGENT, "/agent/presence", presence="routable").status == 200
    contact: dict[str, Any] = {"contact_id": f"{session}.1", "token": token}
    assert clients.ask("/agent/accept", key(), offer_epoch=7, **contact)[0] == 409
    status, taken = clients.same("/agent/accept", accepting, offer_epoch=1, **contact)
    assert (status, taken["verdict"]) == (200, "accepted")
    status, found = clients.same("/agent/connect", connecting, **body)
    assert (status, found["status"], found["agent_id"]) == (200, "assigned", AGENT)
    assert clients.same("/agent/complete", completing, disposition="solved", **contact)[0] == 200
    assert clients.ask("/agent/complete", key(), disposition="solved", **contact)[0] == 409
    assert len(closed(platform, session)["legs"]) == 1
    assert clients.same("/agent/accept", accepting, offer_epoch=1, **contact) == (200, taken)
    post_as(platform, AGENT, "/agent/presence", presence="offline")
    assert (history(platform, session) or {})["disposition"] == "solved"
