"""Supervisors' calls and dry runs: what the pool is asked, and what is answered."""

from collections.abc import Iterator

import msgspec
import pytest
import redis

from schemas.answers import Candidate, Explanation, RoutingAnswered, Upcoming
from schemas.needs import Request, Requirement, SkillStep
from schemas.routing import (
    AssignContact,
    ExplainContact,
    ForcePresence,
    ListenIn,
    MoveContact,
    PrioritizeContact,
    Requested,
)
from schemas.states import Channel, Presence
from tests.gateway.calls import answered, pools, refuses, silent
from tests.gateway.conftest import Servers, second_pool
from tests.gateway.owner import DecideInPool
from tests.gateway.process import FORM, GatewayProcess
from tests.gateway.test_agent_calls import bare

WHY = Explanation(
    contact_id="s.1",
    queue="gw-support",
    state="pending",
    position=3,
    agents=(Candidate(agent_id="gw-agent", why_not=("busy",), held=1, capacity=1),),
    upcoming=(Upcoming(in_s=4.5, what="relaxed"),),
)


def explains(command: Requested) -> list[RoutingAnswered]:
    return [answered(command, explanation=WHY)]


CALLS: list[tuple[str, dict[str, object], Requested]] = [
    (
        "move",
        {"contact_id": "s.1", "queue": "gw-sales", "supervisor": "sue"},
        MoveContact(pool="gw-pool", supervisor="sue", contact_id="s.1", queue="gw-sales"),
    ),
    (
        "assign",
        {"contact_id": "s.1", "agent_id": "gw-agent"},
        AssignContact(contact_id="s.1", agent_id="gw-agent", pool="gw-pool", supervisor="local"),
    ),
    (
        "prioritize",
        {"contact_id": "s.1", "priority": 0},
        PrioritizeContact(contact_id="s.1", priority=0, pool="gw-pool", supervisor="local"),
    ),
    (
        "presence",
        {"agent_id": "gw-agent", "presence": "custom", "reason": "training"},
        ForcePresence(
            pool="gw-pool",
            supervisor="local",
            agent_id="gw-agent",
            presence=Presence.CUSTOM,
            reason="training",
        ),
    ),
    ("listen", {"contact_id": "s.1"}, ListenIn(contact_id="s.1", pool="gw-pool", supervisor="local")),
    (
        "listen",
        {"contact_id": "s.1", "listening": False},
        ListenIn(contact_id="s.1", listening=False, pool="gw-pool", supervisor="local"),
    ),
]


@pytest.mark.parametrize(("name", "body", "wanted"), CALLS)
def test_a_supervisors_call_is_a_command_of_the_pool(
    gateway: GatewayProcess,
    servers: Servers,
    feeds: "redis.Redis",
    name: str,
    body: dict[str, object],
    wanted: Requested,
) -> None:
    with pools(servers, feeds) as heard:
        reply = gateway.post(f"/supervisor/{name}", body)
    (command,) = heard
    assert bare(command) == wanted
    assert (reply.status, reply.body) == (200, {"request_id": command.request_id, "verdict": "accepted"})


REFUSALS = [
    (refuses("not_pending"), 409, "not_pending"),
    (refuses("unknown_contact"), 404, "unknown_contact"),
]


@pytest.mark.parametrize("path", ["/supervisor/prioritize", "/routing/explain"])
@pytest.mark.parametrize(("decide", "status", "reason"), REFUSALS)
def test_a_refusal_has_its_reason(
    gateway: GatewayProcess,
    servers: Servers,
    feeds: "redis.Redis",
    path: str,
    decide: DecideInPool,
    status: int,
    reason: str,
) -> None:
    with pools(servers, feeds, decide):
        reply = gateway.post(path, b"contact_id=s.1&priority=2", FORM)
    assert (reply.status, reply.body["reason"]) == (status, reason)


def test_a_dry_run_of_a_contact_is_answered_as_the_pool_says_it(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis"
) -> None:
    with pools(servers, feeds, explains) as heard:
        reply = gateway.post("/routing/explain", {"contact_id": "s.1"})
    assert [bare(one) for one in heard] == [ExplainContact(pool="gw-pool", contact_id="s.1")]
    assert (reply.status, msgspec.convert(reply.body, Explanation)) == (200, WHY)


def test_a_dry_run_of_a_request_asks_with_all_its_needs(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis"
) -> None:
    body = {
        "queue": "gw-sales",
        "channel": "voice",
        "skills": ["korean:3"],
        "skills_for_s": 10,
        "steps": [{"skills": [["korean", 2]], "for_s": 5}, {"skills": []}],
        "synthetic": True,
    }
    with pools(servers, feeds, explains) as heard:
        assert gateway.post("/routing/explain", body).status == 200
    (command,) = heard
    assert isinstance(command, ExplainContact)
    assert (command.pool, command.contact_id) == ("gw-pool", "")
    assert command.request == Request(
        queue="gw-sales",
        channel=Channel.VOICE,
        skills=(Requirement("korean", 3),),
        skills_for_s=10.0,
        relaxed=(SkillStep((Requirement("korean", 2),), 5.0), SkillStep(())),
        synthetic=True,
    )


def test_a_dry_run_without_an_answer_is_503(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis"
) -> None:
    with pools(servers, feeds, silent):
        reply = gateway.post("/routing/explain", {"contact_id": "s.1"})
    assert (reply.status, "retry-after" in reply.headers) == (503, True)


@pytest.fixture(scope="module")
def other_pool(servers: Servers, gateway: GatewayProcess) -> Iterator[None]:
    with second_pool(servers, gateway):
        yield


HOMES: list[tuple[str, dict[str, object], str]] = [
    ("/supervisor/move", {"contact_id": "s.1", "queue": "gw-other"}, "gw-second"),
    ("/supervisor/assign", {"contact_id": "s.1", "agent_id": "gw-stranger"}, "gw-second"),
    ("/supervisor/presence", {"agent_id": "gw-agent", "presence": "custom"}, "gw-pool"),
    ("/supervisor/prioritize", {"contact_id": "s.1", "priority": 1, "pool": "gw-second"}, "gw-second"),
    ("/routing/explain", {"contact_id": "s.1", "queue": "gw-other"}, "gw-second"),
    ("/routing/explain", {"contact_id": "s.1", "pool": "gw-pool"}, "gw-pool"),
    ("/routing/explain", {"queue": "gw-other"}, "gw-second"),
]


@pytest.mark.parametrize(("path", "body", "pool"), HOMES)
def test_the_pool_is_found_by_what_is_named(
    gateway: GatewayProcess,
    servers: Servers,
    feeds: "redis.Redis",
    other_pool: None,
    path: str,
    body: dict[str, object],
    pool: str,
) -> None:
    with pools(servers, feeds, explains) as heard:
        assert gateway.post(path, body).status == 200
    assert [one.pool for one in heard] == [pool]


BAD: list[tuple[str, dict[str, object], str]] = [
    ("/routing/explain", {}, "contact_id"),
    ("/routing/explain", {"contact_id": "s.1"}, "$.pool"),
    ("/routing/explain", {"contact_id": "s.1", "pool": "unheard"}, "$.pool"),
    ("/routing/explain", {"queue": "unheard"}, "$.queue"),
    ("/routing/explain", {"queue": "gw-other", "pool": "gw-pool"}, "$.queue"),
    ("/routing/explain", {"queue": "gw-other", "skills": ["a:9"]}, "$.skills"),
    ("/routing/explain", {"queue": "gw-other", "skills": ["a\0"]}, "$.skills"),
    ("/supervisor/listen", {"contact_id": "s.1"}, "$.pool"),
    ("/supervisor/assign", {"contact_id": "s.1", "agent_id": "nobody"}, "$.agent_id"),
    ("/supervisor/move", {"contact_id": "s.1", "queue": "gw-other", "pool": "gw-pool"}, "$.queue"),
    ("/supervisor/prioritize", {"contact_id": "s.1", "priority": 10, "pool": "gw-pool"}, "$.priority"),
    ("/supervisor/presence", {"agent_id": "gw-agent", "presence": "here"}, "$.presence"),
    ("/supervisor/listen", {"contact_id": "s.1", "pool": "gw-pool", "supervisor": ""}, "$.supervisor"),
]


@pytest.mark.parametrize(("path", "body", "field"), BAD)
def test_bad_bodies_are_refused_with_the_path(
    gateway: GatewayProcess, other_pool: None, path: str, body: dict[str, object], field: str
) -> None:
    reply = gateway.post(path, body)
    assert (reply.status, field in reply.body["detail"]) == (422, True), reply
