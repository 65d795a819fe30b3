"""POST /chat/rating and /agent/note: what goes into the log, and what is answered."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from schemas.audit_trail import Action, decode_audited
from schemas.conversation import AddNote, AddWhisper, Asked, CommandAnswered, RateConversation
from schemas.states import Verdict
from schemas.topics import AUDIT
from tests.gateway.calls import call_as
from tests.gateway.conftest import Servers
from tests.gateway.owner import Decide, Owner
from tests.gateway.process import GatewayProcess
from tests.gateway.topics import records


def says(heard: list[Asked], verdict: Verdict = Verdict.ACCEPTED, reason: str = "") -> Decide:
    """An owner that notes what it is asked, and answers so."""

    def decide(command: Asked) -> Iterator[CommandAnswered]:
        heard.append(command)
        yield CommandAnswered(
            session_id=command.session_id,
            request_id=command.request_id,
            reply_to=command.reply_to,
            verdict=verdict,
            reason=reason,
            seq=9,
        )

    return decide


def test_a_rating_goes_to_its_session(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", session: str
) -> None:
    heard: list[Asked] = []
    with Owner(servers.kafka, feeds, says(heard)):
        reply = gateway.post("/chat/rating", {"session_id": session, "rating": 4, "comment": "good"})
    assert (reply.status, reply.body) == (200, {"session_id": session, "rating": 4})
    (command,) = heard
    assert isinstance(command, RateConversation)
    assert (command.rating, command.comment) == (4, "good")


@pytest.mark.parametrize("reason", ["open", "rated"])
def test_why_a_rating_does_not_count(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", session: str, reason: str
) -> None:
    with Owner(servers.kafka, feeds, says([], Verdict.CONFLICT, reason)):
        reply = gateway.post("/chat/rating", {"session_id": session, "rating": 4})
    assert (reply.status, reply.body["reason"]) == (409, reason)


def test_a_rating_without_verdict_is_unknown(gateway: GatewayProcess, session: str) -> None:
    assert gateway.post("/chat/rating", {"session_id": session, "rating": 5}).status == 503


@pytest.mark.parametrize("rating", [0, 6, "x", 1.5, None])
def test_ratings_are_1_to_5(gateway: GatewayProcess, session: str, rating: object) -> None:
    assert gateway.post("/chat/rating", {"session_id": session, "rating": rating}).status == 422


@pytest.mark.parametrize("named", ["session_id", "contact_id"])
def test_a_note_is_the_agents(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", session: str, named: str
) -> None:
    heard: list[Asked] = []
    which = {named: session if named == "session_id" else f"{session}.2"}
    with Owner(servers.kafka, feeds, says(heard)):
        reply = call_as(gateway, "gw-agent", "/agent/note", {**which, "note": "call back"})
    (command,) = heard
    assert isinstance(command, AddNote)
    assert (command.session_id, command.agent_id, command.text) == (session, "gw-agent", "call back")
    assert (reply.status, reply.body["seq"], reply.body["message_id"]) == (200, 9, command.request_id)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"note": "x"}, 422),
        ({"session_id": "s", "note": ""}, 422),
        ({"session_id": uuid.uuid4().hex, "note": "x"}, 404),
    ],
)
def test_a_note_needs_a_place_and_a_text(gateway: GatewayProcess, body: dict[str, Any], status: int) -> None:
    assert call_as(gateway, "gw-agent", "/agent/note", body).status == status
    assert gateway.post("/agent/note", body).status == 401


def test_a_whisper_is_the_supervisors_and_is_audited(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", session: str
) -> None:
    heard: list[Asked] = []
    body = {"contact_id": f"{session}.1", "message": "slowly", "supervisor": "sue", "pool": "gw-pool"}
    with Owner(servers.kafka, feeds, says(heard)):
        reply = gateway.post("/supervisor/whisper", body)
    (command,) = heard
    assert isinstance(command, AddWhisper)
    assert (command.session_id, command.pool, command.supervisor) == (session, "gw-pool", "sue")
    assert (reply.status, reply.body["seq"]) == (200, 9)
    noted = [decode_audited(one.value) for one in records(servers.kafka, AUDIT, b"sue")]
    assert [(one.action, one.session_id) for one in noted if one.session_id == session] == [
        (Action.WHISPERED, session)
    ]
