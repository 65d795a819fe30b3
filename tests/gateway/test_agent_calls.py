"""Agents' calls: what stands in the log, and what the pool's verdict makes of them."""

import time
import uuid
from collections.abc import Iterator

import msgspec
import pytest
import redis

from gateway.security.tokens import agent_claims, sign
from schemas.envelope import header
from schemas.routing import (
    AcceptOffer,
    CompleteContact,
    RejectOffer,
    RenewLease,
    Requested,
    SetPresence,
    TransferContact,
)
from schemas.states import Presence, Verdict
from schemas.topics import ROUTING_COMMANDS
from tests.gateway.calls import call_as, pools, refuses, silent
from tests.gateway.conftest import POOL, Servers, second_pool
from tests.gateway.owner import DecideInPool
from tests.gateway.process import FORM, JSON, SECRET, GatewayProcess, Reply
from tests.gateway.topics import records

ACCEPT = {"contact_id": "s.1", "offer_epoch": 4}


@pytest.fixture
def agent() -> str:
    return f"agent-{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def other_pool(servers: Servers, gateway: GatewayProcess) -> Iterator[None]:
    with second_pool(servers, gateway):
        yield


def bare(command: Requested) -> Requested:
    """Without what is the request's own."""
    return msgspec.structs.replace(command, request_id="", reply_to="", valid_until_ms=0)


CALLS = [
    ("/agent/accept", ACCEPT, AcceptOffer(pool="", agent_id="", contact_id="s.1", offer_epoch=4)),
    ("/agent/reject", ACCEPT, RejectOffer(pool="", agent_id="", contact_id="s.1", offer_epoch=4)),
    (
        "/agent/complete",
        {"contact_id": "s.1", "disposition": "sold", "note": "n"},
        CompleteContact(pool="", agent_id="", contact_id="s.1", disposition="sold", note="n"),
    ),
    (
        "/agent/transfer",
        {"contact_id": "s.1", "queue": "gw-sales", "note": "n"},
        TransferContact(pool="", agent_id="", contact_id="s.1", queue="gw-sales", note="n"),
    ),
    (
        "/agent/transfer",
        {"contact_id": "s.1", "to_agent": "gw-agent", "wait_s": 5},
        TransferContact(pool="", agent_id="", contact_id="s.1", to_agent="gw-agent", wait_s=5.0),
    ),
]


@pytest.mark.parametrize(("path", "body", "wanted"), CALLS)
def test_a_call_is_a_command_of_the_agents_pool(
    gateway: GatewayProcess,
    servers: Servers,
    feeds: "redis.Redis",
    agent: str,
    path: str,
    body: dict[str, object],
    wanted: Requested,
) -> None:
    with pools(servers, feeds) as heard:
        before_ms = time.time() * 1000
        reply = call_as(gateway, agent, path, body)
    (command,) = heard
    assert bare(command) == msgspec.structs.replace(wanted, pool="gw-pool", agent_id=agent)
    assert (reply.status, reply.body) == (200, {"request_id": command.request_id, "verdict": "accepted"})
    assert 9_000 < command.valid_until_ms - before_ms < 15_000
    (record,) = records(servers.kafka, ROUTING_COMMANDS, agent.encode())
    assert (record.partition, record.key, header(record.headers, "id")) == (
        3,
        b"gw-pool",
        command.request_id,
    )


VERDICTS = [
    (refuses("stale_offer"), 409, "stale_offer", "The offer is over"),
    (refuses("unheard_of"), 409, "unheard_of", "does not allow this"),
    (refuses("unknown_contact"), 404, "unknown_contact", "no such contact"),
    (refuses("", Verdict.EXPIRED), 503, None, "too late"),
]


@pytest.mark.parametrize(("decide", "status", "reason", "detail"), VERDICTS)
def test_what_the_pool_refuses_is_a_problem(
    gateway: GatewayProcess,
    servers: Servers,
    feeds: "redis.Redis",
    agent: str,
    decide: DecideInPool,
    status: int,
    reason: str | None,
    detail: str,
) -> None:
    with pools(servers, feeds, decide):
        reply = call_as(gateway, agent, "/agent/accept", ACCEPT)
    assert (reply.status, reply.media_type) == (status, "application/problem+json")
    assert (reply.body.get("reason"), detail in reply.body["detail"]) == (reason, True)


def test_without_a_verdict_in_time_it_is_null(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", agent: str
) -> None:
    with pools(servers, feeds, silent):
        reply = call_as(gateway, agent, "/agent/accept", ACCEPT)
    assert (reply.status, reply.body["verdict"]) == (200, None)


def test_presence_by_calls_is_a_lease_that_heartbeats_renew(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", agent: str
) -> None:
    with pools(servers, feeds) as heard:
        said = call_as(gateway, agent, "/agent/presence", {"presence": "routable"})
        beaten = call_as(gateway, agent, "/agent/heartbeat", b"")
        form = {"Content-Type": FORM}
        away = call_as(gateway, agent, "/agent/presence", b"presence=custom&reason=lunch", **form)
        gone = call_as(gateway, agent, "/agent/presence", {"presence": "offline"})
    assert [reply.body.get("lease_s") for reply in (said, beaten, away, gone)] == [60.0, 60.0, 60.0, 0.0]
    first, beat, second, last = heard
    assert isinstance(beat, RenewLease)
    assert (beat.socket, beat.lease_s) == (f"api:{agent}", 60.0)
    told = [one for one in (first, second, last) if isinstance(one, SetPresence)]
    assert [(one.presence, one.reason, one.socket) for one in told] == [
        (Presence.ROUTABLE, "", f"api:{agent}"),
        (Presence.CUSTOM, "lunch", f"api:{agent}"),
        (Presence.OFFLINE, "agent", ""),
    ]


def test_a_transfer_to_a_queue_of_another_pool_knows_its_place(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", agent: str, other_pool: None
) -> None:
    with pools(servers, feeds) as heard:
        body = {"contact_id": "s.1", "queue": "gw-other"}
        assert call_as(gateway, agent, "/agent/transfer", body).status == 200
    (command,) = heard
    assert isinstance(command, TransferContact)
    assert (command.pool, command.to_pool, command.to_partition) == ("gw-pool", "gw-second", 5)


BAD: list[tuple[str, dict[str, object], str]] = [
    ("/agent/transfer", {"contact_id": "s.1"}, "$.queue"),
    ("/agent/transfer", {"contact_id": "s.1", "queue": "unheard"}, "$.queue"),
    ("/agent/transfer", {"contact_id": "s.1", "queue": "gw-other", "to_agent": "gw-agent"}, "$.to_agent"),
    ("/agent/transfer", {"contact_id": "s.1", "queue": "gw-sales", "wait_s": -1}, "$.wait_s"),
    ("/agent/transfer", {"contact_id": "s.1", "queue": "gw-sales", "note": "\0"}, "$.note"),
    ("/agent/presence", {"presence": "asleep"}, "$.presence"),
    ("/agent/accept", {"contact_id": "s.1"}, "offer_epoch"),
    ("/agent/accept", {"contact_id": "", "offer_epoch": 1}, "$.contact_id"),
]


@pytest.mark.parametrize(("path", "body", "field"), BAD)
def test_bad_bodies_are_refused_with_the_path(
    gateway: GatewayProcess, agent: str, other_pool: None, path: str, body: dict[str, object], field: str
) -> None:
    reply = call_as(gateway, agent, path, body)
    assert (reply.status, field in reply.body["detail"]) == (422, True), reply


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic x"}],
)
def test_a_call_needs_the_agents_token(gateway: GatewayProcess, headers: dict[str, str]) -> None:
    token = sign(agent_claims("a", POOL, int(time.time()), 1.0), SECRET)
    path = "/agent/heartbeat"
    for address in (path, f"{path}?token={token}"):
        reply = gateway.ask("POST", address, b"{}", {"Content-Type": JSON, **headers})
        assert (reply.status, reply.media_type) == (401, "application/problem+json")
        assert reply.headers["www-authenticate"] == "Bearer"


def test_the_trace_goes_with_the_command(gateway: GatewayProcess, servers: Servers, agent: str) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    reply: Reply = call_as(gateway, agent, "/agent/accept", ACCEPT, Traceparent=trace)
    assert reply.status == 200
    (record,) = records(servers.kafka, ROUTING_COMMANDS, agent.encode())
    assert header(record.headers, "traceparent") == trace
