"""Requests with an Idempotency-Key: what goes into the log, and what is answered from it."""

import json
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis

from gateway.answers import Refused
from gateway.idempotency import Key, caller_of, key_for, key_in
from gateway.security.tokens import agent_claims
from schemas.answers import RoutingAnswered
from schemas.api import AgentConnect, Body, ChatMessage, ChatStart
from schemas.api_ivr import IvrProcess
from schemas.api_routing import AgentAccept, SupervisorMove
from schemas.conversation import CommandAnswered, KeyedRequest, PostMessage, StartChat, decode_command
from schemas.ids import session_id
from schemas.keys import home_of_key
from schemas.routing import AcceptOffer
from schemas.states import Verdict
from schemas.topics import CONVERSATION_COMMANDS, ROUTING_COMMANDS
from tests.gateway.calls import call_as
from tests.gateway.conftest import POOL, Servers
from tests.gateway.owner import KeyOwner
from tests.gateway.process import FORM, JSON, GatewayProcess, Reply
from tests.gateway.topics import records

START = ChatStart(customer_id="c", message="hello")
ACCEPT = AgentAccept(contact_id="s.1", offer_epoch=1)


def key(body: Body = START, text: str = "k", path: str = "/chat/start") -> Key:
    return key_for(caller_of(body), text, path, body, 8, b"secret")


def test_equal_requests_are_one_and_others_are_not() -> None:
    first = key()
    assert key(ChatStart(customer_id="c", message="hello")) == first
    others = [key(ChatStart(customer_id="c", message="Hello")), key(path="/chat/stop")]
    assert {(one.name, one.partition) for one in others} == {(first.name, first.partition)}
    assert len({first.request_id, *(one.request_id for one in others)}) == 3


def test_keys_of_different_callers_do_not_meet() -> None:
    claims = agent_claims("c", POOL, 0, 1.0)
    bodies: list[Body] = [START, ChatMessage(session_id="c", message="m"), AgentConnect(session_id="d")]
    bodies += [SupervisorMove(contact_id="c", queue="q", supervisor="c")]
    names = [key(body).name for body in bodies]
    names += [
        key_for(caller_of(ACCEPT, claims), "k", "/chat/start", START, 8, b"secret").name,
        key(text="l").name,
    ]
    assert len(set(names)) == len(names)


def test_a_key_of_nobody_is_refused() -> None:
    assert caller_of(IvrProcess(from_="+821012345678")) != caller_of(IvrProcess(from_="+821012345679"))
    with pytest.raises(Refused, match="say whose it is"):
        caller_of(IvrProcess())


def test_a_digest_is_the_gateways_own() -> None:
    ours, theirs = (key_for("c", "k", "/chat/start", START, 8, secret) for secret in (b"ours", b"theirs"))
    assert ours.request_id != theirs.request_id


def test_keys_are_spread_and_say_where_they_live() -> None:
    found = [key(text=f"k{n}") for n in range(200)]
    assert {one.partition for one in found} == set(range(8))
    assert all(home_of_key(one.name) == one.partition for one in found)


@pytest.mark.parametrize(
    ("headers", "text"),
    [([], ""), ([b"abc"], "abc"), ([b'"abc"'], "abc"), ([b"a b"], "a b"), ([b"k" * 255], "k" * 255)],
)
def test_a_key_may_be_quoted(headers: list[bytes], text: str) -> None:
    assert key_in({"headers": [(b"idempotency-key", value) for value in headers]}) == text


@pytest.mark.parametrize("headers", [[b""], [b'""'], [b"k" * 256], [b"\xff"], [b"a\tb"], [b"a", b"a"]])
def test_what_is_no_key_is_refused(headers: list[bytes]) -> None:
    with pytest.raises(Refused) as refused:
        key_in({"headers": [(b"idempotency-key", value) for value in headers]})
    assert refused.value.answer.status == 400


def ask(gateway: GatewayProcess, text: str, path: str, body: Any) -> Reply:
    """A POST with a key; a form where the body is bytes."""
    raw, kind = (body, FORM) if isinstance(body, bytes) else (json.dumps(body).encode(), JSON)
    return gateway.ask("POST", path, raw, {"Content-Type": kind, "Idempotency-Key": text})


def said(command: Any, verdict: Verdict = Verdict.ACCEPTED, **more: Any) -> CommandAnswered:
    """What a key's owner says."""
    return CommandAnswered(
        session_id=command.session_id,
        request_id=command.request_id,
        reply_to=command.reply_to,
        verdict=verdict,
        **more,
    )


Answers = Callable[[KeyedRequest], Iterable[CommandAnswered | RoutingAnswered]]


def owner(servers: Servers, feeds: "redis.Redis", decide: Answers) -> KeyOwner:
    return KeyOwner(servers.kafka, feeds, decide)


def test_a_start_goes_to_its_key_and_is_answered_from_it(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", session: str
) -> None:
    customer = uuid.uuid4().hex

    def begun_before(request: KeyedRequest) -> list[CommandAnswered]:
        return [said(request.command.__class__(**{**_fields(request.command), "session_id": session}))]

    with owner(servers, feeds, begun_before):
        reply = ask(gateway, "k1", "/chat/start", {"customer_id": customer, "message": "hi"})
    assert (reply.status, reply.body["session_id"]) == (200, session)
    (record,) = records(servers.kafka, CONVERSATION_COMMANDS, customer.encode())
    request = decode_command(record.value)
    assert isinstance(request, KeyedRequest)
    assert (record.key.decode(), record.partition) == (request.key, home_of_key(request.key))
    assert isinstance(request.command, StartChat)
    assert request.keep_s == 24 * 3600


def _fields(command: Any) -> dict[str, Any]:
    return {name: getattr(command, name) for name in command.__struct_fields__}


def test_the_same_as_a_form_is_the_same_request(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", session: str
) -> None:
    heard: list[KeyedRequest] = []

    def noting(request: KeyedRequest) -> list[CommandAnswered]:
        heard.append(request)
        return [said(request.command, seq=5)]

    with owner(servers, feeds, noting):
        first = ask(gateway, "k2", "/chat/message", {"session_id": session, "message": "hi"})
        second = ask(gateway, '"k2"', "/chat/message", f"message=hi&session_id={session}".encode())
        ask(gateway, "k2", "/chat/message", {"session_id": session, "message": "ho"})
    assert first == second._replace(headers=first.headers)
    assert (first.status, first.body["seq"]) == (200, 5)
    assert len({request.key for request in heard}) == 1
    assert [heard[0].command.request_id == one.command.request_id for one in heard] == [True, True, False]
    posted = heard[0].command
    assert isinstance(posted, PostMessage)
    assert posted.message_id == first.body["message_id"]


@pytest.mark.parametrize(
    ("reason", "status"), [("key_reused", 422), ("key_over", 409), ("closed", 409), ("other", 409)]
)
def test_what_the_key_refuses_is_a_problem(
    gateway: GatewayProcess,
    servers: Servers,
    feeds: "redis.Redis",
    session: str,
    reason: str,
    status: int,
) -> None:
    with owner(servers, feeds, lambda one: [said(one.command, Verdict.CONFLICT, reason=reason)]):
        reply = ask(gateway, "k3", "/chat/end", {"session_id": session})
    assert (reply.status, reply.media_type) == (status, "application/problem+json")
    assert reply.body["reason"] == reason


def test_without_an_answer_it_is_unknown_and_may_be_asked_again(
    gateway: GatewayProcess, servers: Servers, session: str
) -> None:
    reply = ask(gateway, "k4", "/chat/message", {"session_id": session, "message": "hi"})
    assert reply.status == 503
    assert "retry-after" in reply.headers
    assert ask(gateway, "k4", "/chat/start", {"customer_id": "c"}).status == 503


def test_two_at_one_time_hear_the_same(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", session: str
) -> None:
    requests: list[KeyedRequest] = []

    def both_at_last(request: KeyedRequest) -> list[CommandAnswered]:
        requests.append(request)
        return [said(request.command, seq=9)] if len(requests) == 2 else []

    body = {"session_id": session, "message": "hi"}
    with owner(servers, feeds, both_at_last), ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda _: ask(gateway, "k5", "/chat/message", body), range(2)))
    assert [(reply.status, reply.body["seq"]) for reply in replies] == [(200, 9)] * 2


def test_an_agents_call_goes_to_its_key_too(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis"
) -> None:
    heard: list[KeyedRequest] = []

    def refuse(request: KeyedRequest) -> list[RoutingAnswered]:
        heard.append(request)
        command = request.command
        assert isinstance(command, AcceptOffer)
        return [
            RoutingAnswered(
                pool=command.pool,
                request_id=command.request_id,
                reply_to=command.reply_to,
                verdict=Verdict.CONFLICT,
                reason="key_reused" if len(heard) == 3 else "stale_offer",
            )
        ]

    contact = uuid.uuid4().hex
    body = {"contact_id": contact, "offer_epoch": 1}
    with owner(servers, feeds, refuse):
        replies = [
            call_as(gateway, agent, "/agent/accept", body, **{"Idempotency-Key": "k6"})
            for agent in ("gw-agent", "gw-agent", "gw-agent", "gw-other")
        ]
    assert [reply.status for reply in replies] == [409, 409, 422, 409]
    assert len({request.key for request in heard}) == 2
    assert heard[0].partition == POOL.partition
    assert records(servers.kafka, ROUTING_COMMANDS, contact.encode()) == []


def test_a_bad_key_is_refused_before_anything_is_done(gateway: GatewayProcess, session: str) -> None:
    reply = ask(gateway, "k" * 256, "/chat/message", {"session_id": session, "message": "hi"})
    assert reply.status == 400
    assert "Idempotency-Key" in reply.body["detail"]
    for unknown in ("nothing", session_id(4000, 1_750_000_000_000, 7)):
        assert ask(gateway, "k7", "/chat/message", {"session_id": unknown, "message": "hi"}).status == 404
