"""What clients hear of the owner's verdict on their command."""

import time
import uuid
from collections.abc import Iterable

import pytest
import redis

from schemas.api import Connected
from schemas.conversation import Asked, CommandAnswered, ConnectAgent, PostMessage, decode_command
from schemas.needs import Requirement, SkillStep
from schemas.states import Verdict
from schemas.topics import CONVERSATION_COMMANDS
from tests.gateway.conftest import Servers
from tests.gateway.owner import Decide, Owner
from tests.gateway.process import FORM, GatewayProcess, Reply
from tests.gateway.topics import records


def _answered(command: Asked, verdict: Verdict = Verdict.ACCEPTED, **more: object) -> CommandAnswered:
    return CommandAnswered(
        session_id=command.session_id,
        request_id=command.request_id,
        reply_to=command.reply_to,
        verdict=verdict,
        **more,  # type: ignore[arg-type]
    )


def _say(gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", decide: Decide) -> Reply:
    session = gateway.post("/chat/start", {"customer_id": "c"}).body["session_id"]
    with Owner(servers.kafka, feeds, decide):
        return gateway.post("/chat/message", {"session_id": session, "message": "hi", "message_id": "m1"})


def test_accepted_has_its_seq(gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis") -> None:
    answer = _say(gateway, servers, feeds, lambda command: [_answered(command, seq=7, message_id="m1")])
    assert answer.status == 200
    assert (answer.body["seq"], answer.body["message_id"]) == (7, "m1")


def test_an_earlier_equal_message_answers_with_its_own_id(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis"
) -> None:
    answer = _say(gateway, servers, feeds, lambda command: [_answered(command, seq=3, message_id="first")])
    assert (answer.body["seq"], answer.body["message_id"]) == (3, "first")


@pytest.mark.parametrize(
    ("verdict", "status"),
    [(Verdict.NOT_FOUND, 404), (Verdict.CONFLICT, 409), (Verdict.EXPIRED, 503)],
)
def test_refusals_are_problems(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", verdict: Verdict, status: int
) -> None:
    answer = _say(gateway, servers, feeds, lambda command: [_answered(command, verdict, reason="closed")])
    assert (answer.status, answer.media_type) == (status, "application/problem+json")


@pytest.mark.parametrize(
    ("reason", "detail"),
    [
        ("closed", "The conversation is over"),
        ("already_connecting", "An agent is being looked for already"),
        ("already_assigned", "An agent is in the conversation already"),
        ("unheard_of", "The session's state does not allow this"),
    ],
)
def test_a_conflict_has_a_sentence_and_its_reason(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", reason: str, detail: str
) -> None:
    answer = _say(
        gateway, servers, feeds, lambda command: [_answered(command, Verdict.CONFLICT, reason=reason)]
    )
    assert (answer.body["detail"], answer.body["reason"]) == (detail, reason)


def test_without_a_verdict_in_time_the_seq_is_null(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis"
) -> None:
    began = time.monotonic()
    answer = _say(gateway, servers, feeds, lambda _: [])
    assert (answer.status, answer.body["seq"]) == (200, None)
    assert time.monotonic() - began > 0.25


def test_commands_say_who_asks_and_until_when(gateway: GatewayProcess, servers: Servers) -> None:
    session = gateway.post("/chat/start", {"customer_id": "c"}).body["session_id"]
    text = uuid.uuid4().hex
    before = time.time() * 1000
    gateway.post("/chat/message", {"session_id": session, "message": text})
    (record,) = records(servers.kafka, CONVERSATION_COMMANDS, text.encode())
    command = decode_command(record.value)
    assert isinstance(command, PostMessage)
    assert command.request_id
    assert command.reply_to
    assert command.message_id
    assert 9_000 < command.valid_until_ms - before < 15_000


def _connect(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", decide: Decide, more: str = ""
) -> tuple[Reply, list[ConnectAgent]]:
    session = gateway.post("/chat/start", {"customer_id": "c"}).body["session_id"]
    heard: list[ConnectAgent] = []

    def noting(command: Asked) -> Iterable[CommandAnswered]:
        if isinstance(command, ConnectAgent):
            heard.append(command)
        return decide(command)

    with Owner(servers.kafka, feeds, noting):
        return gateway.post("/agent/connect", f"session_id={session}{more}".encode(), FORM), heard


def test_queued_and_then_assigned_is_assigned(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis"
) -> None:
    def decide(command: Asked) -> Iterable[CommandAnswered]:
        yield _answered(command, status="queued", position=4)
        yield _answered(command, status="assigned", agent_id="gw-agent", agent_name="Ada")

    answer, _ = _connect(gateway, servers, feeds, decide)
    assert answer.status == 200
    assert answer.body.items() >= {"status": "assigned", "agent_id": "gw-agent", "agent_name": "Ada"}.items()


def test_queued_is_answered_when_the_wait_is_over(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis"
) -> None:
    began = time.monotonic()
    answer, _ = _connect(
        gateway,
        servers,
        feeds,
        lambda command: [
            _answered(command, status="queued", position=4, estimated_wait_s=12.5, estimated_wait_high_s=30.5)
        ],
    )
    assert answer.body.items() >= {"status": "queued", "position": 4, "estimated_wait_s": 12.5}.items()
    assert answer.body["estimated_wait_high_s"] == 30.5
    assert time.monotonic() - began > 1.0


def test_refused_is_a_200_with_its_reason(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis"
) -> None:
    answer, _ = _connect(
        gateway, servers, feeds, lambda command: [_answered(command, status="refused", reason="hours")]
    )
    assert (answer.status, answer.body["status"], answer.body["reason"]) == (200, "refused", "hours")


def test_a_double_connect_is_a_conflict(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis"
) -> None:
    answer, _ = _connect(gateway, servers, feeds, lambda command: [_answered(command, Verdict.CONFLICT)])
    assert answer.status == 409
    assert answer.body["detail"] == "The session's state does not allow this"
    assert "reason" not in answer.body


def test_the_queue_leads_to_its_pool(gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis") -> None:
    more = "&queue=gw-sales&priority=2&skills=korean:3,+billing"
    _, (command,) = _connect(
        gateway, servers, feeds, lambda command: [_answered(command, status="refused")], more
    )
    assert (command.pool, command.pool_partition, command.queue) == ("gw-pool", 3, "gw-sales")
    assert command.priority == 2
    assert [(skill.skill, skill.level) for skill in command.skills] == [("korean", 3), ("billing", 1)]


def test_what_is_asked_for_goes_with_the_command(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis", session: str
) -> None:
    heard: list[Asked] = []

    def refuse(command: Asked) -> Iterable[CommandAnswered]:
        heard.append(command)
        return [_answered(command, status="refused")]

    body = {
        "session_id": session,
        "skills": ["korean:3", ["billing", 2]],
        "skills_for_s": 20,
        "steps": [{"skills": ["korean"], "for_s": 10.5}, {"skills": ["billing"]}],
        "preferred_agent": "gw-agent",
        "preferred_s": 5,
    }
    with Owner(servers.kafka, feeds, refuse):
        assert gateway.post("/agent/connect", body).status == 200
    (command,) = heard
    assert isinstance(command, ConnectAgent)
    assert command.skills == (Requirement("korean", 3), Requirement("billing", 2))
    assert command.relaxed == (
        SkillStep((Requirement("korean"),), 10.5),
        SkillStep((Requirement("billing"),)),
    )
    assert (command.skills_for_s, command.preferred_agent, command.preferred_s) == (20.0, "gw-agent", 5.0)


def test_a_form_may_ask_for_an_agent_and_relax(
    gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis"
) -> None:
    more = "&skills=korean&skills_for_s=7.5&preferred_agent=gw-agent"
    _, (command,) = _connect(
        gateway, servers, feeds, lambda command: [_answered(command, status="refused")], more
    )
    assert (command.skills_for_s, command.preferred_agent, command.preferred_s) == (7.5, "gw-agent", 30.0)


@pytest.mark.parametrize(
    "more",
    [
        "&queue=unheard",
        "&skills=a:9",
        "&skills=a:b",
        "&skills=unheard",
        "&priority=x",
        "&priority=10",
        "&skills_for_s=-1",
        "&skills_for_s=nan",
        "&steps=a",
        "&preferred_s=long",
    ],
)
def test_what_cannot_be_resolved_is_refused(gateway: GatewayProcess, more: str) -> None:
    session = gateway.post("/chat/start", {"customer_id": "c"}).body["session_id"]
    answer = gateway.post("/agent/connect", f"session_id={session}{more}".encode(), FORM)
    assert (answer.status, answer.media_type) == (422, "application/problem+json")
    assert more[1:].partition("=")[0] in answer.body["detail"]


def test_the_field_names_are_those_of_the_issue() -> None:
    wanted = {"status", "agent_id", "agent_name", "position", "estimated_wait_s"}
    assert wanted <= set(Connected.__struct_fields__)
