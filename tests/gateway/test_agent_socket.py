"""/ws/agent: the agent's feed, the transcripts it holds, its presence and its commands."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import redis
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from gateway.security.tokens import agent_claims, sign
from schemas.assignments import AgentState, AssignmentEnded, AssignmentMade, HeldContact
from schemas.conversation import PostMessage
from schemas.ids import partition_of
from schemas.routing import AcceptOffer, CompleteContact, RenewLease, SetPresence, TransferContact
from schemas.routing import decode_command as decode_routing
from schemas.states import ContactState, Presence, Role
from schemas.topics import CONVERSATION_COMMANDS, ROUTING_COMMANDS
from tests.gateway.conftest import POOL, Servers
from tests.gateway.feeds import SOON_S, commands_of, customer, frames, listening, seqs, store, write
from tests.gateway.process import SECRET, GatewayProcess
from tests.gateway.topics import records


@pytest.fixture
def agent() -> str:
    return f"agent-{uuid.uuid4().hex[:8]}"


def token(agent: str) -> str:
    return sign(agent_claims(agent, POOL, int(time.time()), 1.0), SECRET)


def open_socket(gateway: GatewayProcess, agent: str, last_seq: str = "") -> ClientConnection:
    return connect(f"{gateway.url}/ws/agent?token={token(agent)}&last_seq={last_seq}")


def made(agent: str, seq: int, session: str) -> AssignmentMade:
    return AssignmentMade(
        agent_id=agent,
        seq=seq,
        contact_id=f"{session}.1",
        session_id=session,
        customer_id="c",
        queue="q",
        offer_epoch=1,
    )


def state(agent: str, seq: int, *sessions: str) -> AgentState:
    contacts = tuple(
        HeldContact(
            contact_id=f"{session}.1",
            session_id=session,
            customer_id="c",
            queue="q",
            state=ContactState.ASSIGNED,
            offer_epoch=1,
        )
        for session in sessions
    )
    return AgentState(agent_id=agent, seq=seq, presence=Presence.ROUTABLE, contacts=contacts)


def put(feeds: "redis.Redis", *entries: Any, nudge: bool = True) -> None:
    for entry in entries:
        store(feeds, f"agent:{entry.agent_id}", entry.seq, entry, nudge=nudge)


def routing(servers: Servers, agent: str, complete: Callable[[list[Any]], object]) -> list[Any]:
    deadline = time.monotonic() + SOON_S
    while True:
        found = records(servers.kafka, ROUTING_COMMANDS, agent.encode())
        assert {(one.key, one.partition) for one in found} <= {(b"gw-pool", 3)}
        commands = [decode_routing(one.value) for one in found]
        if complete(commands):
            return commands
        assert time.monotonic() < deadline, commands


def test_presence_lasts_as_long_as_the_socket(servers: Servers, agent: str) -> None:
    gateway = GatewayProcess(servers.environment, lease_every_s=0.1)
    gateway.start()
    with open_socket(gateway, agent):
        routing(servers, agent, lambda found: sum(isinstance(one, RenewLease) for one in found) > 2)
    commands = routing(servers, agent, lambda found: getattr(found[-1], "presence", "") == Presence.OFFLINE)
    first, *renewals, last = commands
    assert isinstance(first, SetPresence)
    assert (first.presence, first.lease_s) == (Presence.ROUTABLE, 15.0)
    assert {type(one) for one in renewals} == {RenewLease}
    assert last.reason == "socket closed"
    assert {one.socket for one in commands} == {first.socket}
    assert gateway.stop() == 0


def test_a_new_client_starts_at_the_newest_state(
    gateway: GatewayProcess, feeds: "redis.Redis", agent: str, session: str
) -> None:
    write(feeds, session, 1, 2)
    put(feeds, state(agent, 1), made(agent, 2, "s"), state(agent, 3, session))
    with open_socket(gateway, agent) as socket:
        found = frames(socket, 3)
        assert [(frame["feed"], frame["seq"]) for frame in found] == [
            ("agent", 3),
            ("session", 1),
            ("session", 2),
        ]
        assert found[0]["data"]["type"] == "agent.state"


def test_a_transcript_comes_while_the_contact_is_held(
    gateway: GatewayProcess, feeds: "redis.Redis", agent: str, session: str
) -> None:
    write(feeds, session, 1)
    with open_socket(gateway, agent) as socket:
        listening(feeds, f"nudge:agent:{agent}")
        put(feeds, state(agent, 1), made(agent, 2, session))
        assert [frame["feed"] for frame in frames(socket, 3)] == ["agent", "agent", "session"]
        write(feeds, session, 2)
        assert frames(socket, 1)[0]["data"]["text"] == "text 2"
        ended = AssignmentEnded(agent_id=agent, seq=3, contact_id=f"{session}.1", reason="completed")
        put(feeds, ended)
        assert frames(socket, 1)[0]["data"]["reason"] == "completed"
        write(feeds, session, 3)
        put(feeds, state(agent, 4))
        assert frames(socket, 1)[0]["feed"] == "agent", "the transcript is not the agent's any more"


def test_a_client_resumes_all_its_feeds(
    gateway: GatewayProcess, feeds: "redis.Redis", agent: str, session: str
) -> None:
    write(feeds, session, 1, 2, 3)
    put(feeds, state(agent, 1), made(agent, 2, session), state(agent, 3, session))
    with open_socket(gateway, agent, last_seq="2") as socket:
        socket.send(json.dumps({"type": "resume", "agent_seq": 2, "sessions": {session: 2}}))
        found = sorted((frame["feed"], frame["seq"]) for frame in frames(socket, 2))
        assert found == [("agent", 3), ("session", 3)]
        write(feeds, session, 4)
        assert seqs(socket, 1) == [4]


def test_without_a_resume_frame_transcripts_begin_anew(
    gateway: GatewayProcess, feeds: "redis.Redis", agent: str, session: str
) -> None:
    write(feeds, session, 1)
    put(feeds, state(agent, 1, session))
    with open_socket(gateway, agent, last_seq="1") as socket:
        assert [(frame["feed"], frame["seq"]) for frame in frames(socket, 1)] == [("session", 1)]


def test_a_feed_cut_off_goes_on_from_its_newest_state(
    gateway: GatewayProcess, feeds: "redis.Redis", agent: str
) -> None:
    put(feeds, *(state(agent, seq) for seq in (7, 8, 9)))
    with open_socket(gateway, agent, last_seq="3") as socket:
        assert seqs(socket, 1) == [9]


def test_what_the_agent_says_is_in_the_log(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", agent: str, session: str
) -> None:
    contact = f"{session}.1"
    with open_socket(gateway, agent) as socket:
        for frame in (
            {"type": "accept", "contact_id": contact, "offer_epoch": 4, "request_id": "r1"},
            {"type": "reject", "contact_id": contact, "offer_epoch": 5},
            {"type": "complete", "contact_id": contact, "disposition": "sold", "note": "n"},
            {"type": "presence", "presence": "custom", "reason": "lunch"},
            {"type": "message", "session_id": session, "message": "hello", "message_id": "a1"},
            {"type": "complete", "contact_id": "other", "ref": "f6"},
            {"type": "presence", "presence": "asleep", "ref": "f7"},
            {"type": "message", "session_id": "nope", "message": "hello", "ref": "f8"},
            {"type": "transfer", "contact_id": contact, "queue": "gw-sales", "note": "n", "ref": "f9"},
            {"type": "transfer", "contact_id": contact, "queue": "unheard", "ref": "f10"},
            {"type": "transfer", "contact_id": contact, "to_agent": "a", "note": "\0", "ref": "f11"},
        ):
            socket.send(json.dumps(frame))
        refused = frames(socket, 4)
        assert [frame["ref"] for frame in refused] == ["f7", "f8", "f10", "f11"]
        assert "presence" in refused[0]["detail"]
        assert "session" in refused[1]["detail"]
        assert refused[2]["detail"] == "There is no queue 'unheard' - at `$.queue`"
        commands = routing(servers, agent, lambda found: len(found) >= 7)
    accept = next(one for one in commands if isinstance(one, AcceptOffer))
    assert (accept.contact_id, accept.offer_epoch, accept.request_id) == (contact, 4, "r1")
    other = next(one for one in commands if isinstance(one, CompleteContact) and one.contact_id == "other")
    assert other.request_id == "f6", "the feed's command.refused repeats it"
    (handed,) = [one for one in commands if isinstance(one, TransferContact)]
    assert (handed.contact_id, handed.queue, handed.note, handed.to_pool) == (contact, "gw-sales", "n", "")
    assert handed.request_id == "f9"
    away = next(one for one in commands if isinstance(one, SetPresence) and one.reason == "lunch")
    assert away.presence is Presence.CUSTOM
    (said,) = [
        one
        for one in commands_of(servers, session, lambda found: len(found) >= 2)
        if isinstance(one, PostMessage)
    ]
    assert (said.role, said.sender_id, said.text, said.message_id) == (Role.AGENT, agent, "hello", "a1")
    (record,) = records(servers.kafka, CONVERSATION_COMMANDS, b'"a1"')
    assert record.partition == partition_of(session)


@pytest.mark.parametrize("token", ["", "x", sign(agent_claims("a", POOL, 0, 1.0), SECRET)])
def test_bad_tokens_are_refused(gateway: GatewayProcess, token: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(f"{gateway.url}/ws/agent?token={token}")
    assert refused.value.response.status_code == 401


def test_sockets_are_closed_with_1012_when_the_gateway_stops(
    servers: Servers, agent: str, session: str
) -> None:
    gateway = GatewayProcess(servers.environment)
    gateway.start()
    with open_socket(gateway, agent) as mine, customer(gateway, session) as theirs:
        routing(servers, agent, bool)
        began = time.monotonic()
        assert gateway.stop() == 0
        assert time.monotonic() - began < 8
        for socket in (mine, theirs):
            (hint,) = frames(socket, 1)
            assert hint["type"] == "reconnect"
            assert 0 <= hint["after_ms"] <= 1000
            with pytest.raises(ConnectionClosed) as closed:
                socket.recv(timeout=SOON_S)
            assert closed.value.rcvd
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1012, "restart")
    last = routing(servers, agent, lambda found: len(found) >= 2)[-1]
    assert last.presence is Presence.OFFLINE
