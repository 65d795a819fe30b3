"""Each switch on the running platform: turned by a call or by the command, it does what it says, and is
undone. In the end nothing is left on."""

import asyncio
import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.request import urlopen

import pytest
from click.testing import CliRunner, Result

from gateway.security.tokens import agent_claims, sign
from infra.config_publish import apply
from infra.switch import main
from schemas.config import Agent, BotConfig, Configuration, PoolConfig, Queue
from schemas.switches import Name
from tests.end_to_end.clients import Reply, call, post
from tests.platform import Platform
from tests.waiting import until

QUEUE = "theta"
POOL = PoolConfig(
    pool="pool-theta",
    partition=2,
    queues=(Queue(name=QUEUE, auto_accept=True, wrap_up_s=0.0),),
    agents=(Agent(id="theta-1", name="Theta 1", queues=(QUEUE,), capacity=5),),
    bot=BotConfig(queues=(QUEUE,), answer_s=60.0),
)


@pytest.fixture(scope="module", autouse=True)
def theta(platform: Platform) -> Iterator[None]:
    """A pool of our own with a bot, so that nothing else is switched off."""
    asyncio.run(apply(platform.stack.kafka.address, Configuration(pools=(POOL,)), "tests"))
    asyncio.run(
        until(lambda: call(platform, "GET", f"/admin/config/{POOL.pool}").status == 200, 20, "no pool")
    )
    yield
    for name in Name:
        assert put(platform, name, on=False).status == 200


def put(platform: Platform, name: str, **body: object) -> Reply:
    return call(platform, "PUT", f"/ops/switches/{name}", json.dumps(body).encode())


def start(platform: Platform, message: str = "") -> Reply:
    return post(platform, "/chat/start", customer_id="c-switch", message=message, queue=QUEUE)


def connect(platform: Platform, session: str) -> str:
    reply = post(platform, "/agent/connect", session_id=session, queue=QUEUE)
    assert reply.status == 200, reply
    return f"{reply.body['status']} {reply.body.get('reason') or ''}".strip()


def present(platform: Platform, said: str) -> None:
    """What the pool's agent says."""
    token = sign(agent_claims("theta-1", POOL, int(time.time()), 1.0), platform.secret)
    body = json.dumps({"presence": said}).encode()
    assert call(platform, "POST", "/agent/presence", body, token=token).status == 200


def end(platform: Platform, *sessions: str) -> None:
    for session in sessions:
        assert post(platform, "/chat/end", session_id=session).status == 200


def seen(platform: Platform, name: str) -> dict[str, object]:
    items = call(platform, "GET", "/ops/switches").body["items"]
    found: dict[str, object] = next(item for item in items if item["name"] == name)
    return found


def shown(platform: Platform, name: str) -> bool:
    with urlopen(f"{platform.base_url}/metrics") as answer:
        return f'aicc_switch_on{{name="{name}"}} 1.0' in answer.read().decode()


def status(platform: Platform, session: str, wanted: str) -> None:
    def is_so() -> bool:
        return bool(call(platform, "GET", f"/chat/{session}").body["state"] == wanted)

    asyncio.run(until(is_so, 15, f"{session} is not {wanted}"))


def command(platform: Platform, *arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), env={**os.environ, **platform.environment})


def test_a_class_is_shed_with_retry_after_until_it_is_undone(platform: Platform) -> None:
    assert put(platform, "shed", on=True, value="new_chat", reason="too much").status == 200
    refused = start(platform)
    assert (refused.status, refused.body["reason"]) == (503, "switched_off")
    assert call(platform, "GET", "/monitoring/metrics").status == 200
    assert shown(platform, "shed")
    assert put(platform, "shed", on=True, value="agent,read,new_chat", reason="more").status == 200
    assert put(platform, "shed", on=False).status == 200  # this way is always open
    assert start(platform).status == 200


def test_a_queue_drains_while_who_waits_goes_on_and_the_audit_says_who(platform: Platform) -> None:
    session = start(platform).body["session_id"]
    assert connect(platform, session) == "queued"
    turned = put(platform, "drain", on=True, value=QUEUE, reason="fire alarm")
    assert (turned.status, turned.body["by"], turned.body["on"]) == (200, "local", True), turned
    late = start(platform).body["session_id"]
    assert connect(platform, late) == "refused closed_hours"
    status(platform, session, "waiting")
    assert put(platform, "drain", on=False).status == 200
    after = start(platform).body["session_id"]
    assert connect(platform, after) == "queued"
    end(platform, session, after)

    def is_noted() -> bool:
        items = call(platform, "GET", "/admin/audit?action=turned_switch").body["items"]
        return any(item["detail"] == f"drain on for {QUEUE}: fire alarm" for item in items)

    asyncio.run(until(is_noted, 20, "the audit does not say who drained the queue"))


def test_paused_offers_survive_a_killed_processor_and_all_go_on_in_order(platform: Platform) -> None:
    assert put(platform, "pause-offers", on=True, value=POOL.pool, reason="desk is down").status == 200
    waiting = [start(platform).body["session_id"] for _ in range(2)]
    assert [connect(platform, one) for one in waiting] == ["queued", "queued"]
    present(platform, "routable")
    platform.services["routing-0"].kill()
    last = start(platform).body["session_id"]
    asyncio.run(until(lambda: connect_again(platform, last) == "queued", 30, "routing does not come back"))
    assert [call(platform, "GET", f"/chat/{one}").body["state"] for one in waiting] == ["waiting"] * 2
    assert put(platform, "pause-offers", on=False).status == 200
    present(platform, "routable")
    for one in (*waiting, last):
        status(platform, one, "active")
    end(platform, *waiting, last)
    present(platform, "offline")


def connect_again(platform: Platform, session: str) -> str:
    """Asked once; said again it says that it waits."""
    reply = post(platform, "/agent/connect", session_id=session, queue=QUEUE)
    return "queued" if reply.body.get("reason") == "already_connecting" else str(reply.body.get("status"))


def test_without_the_bot_who_writes_goes_on_to_a_person(platform: Platform) -> None:
    talking = start(platform, "hello").body["session_id"]
    assert put(platform, "bot-off", on=True, reason="it says nonsense").status == 200
    status(platform, start(platform, "hello").body["session_id"], "waiting")
    assert post(platform, "/chat/message", session_id=talking, message="anybody?").status == 200
    status(platform, talking, "waiting")
    assert put(platform, "bot-off", on=False).status == 200
    status(platform, start(platform, "hello").body["session_id"], "bot")


def test_a_maintenance_is_told_to_who_begins_and_others_go_on(platform: Platform) -> None:
    session = start(platform).body["session_id"]
    texts = {"ko": "4시에 다시 엽니다.", "en": "Back at 4."}
    value = "\n".join(f"{language}: {text}" for language, text in texts.items())
    soon = datetime.now(UTC) + timedelta(seconds=600)
    turned = put(platform, "maintenance", on=True, value=value, reason="upgrade", until=soon.isoformat())
    assert turned.status == 200, turned
    refused = start(platform)
    assert (refused.status, refused.body["type"]) == (503, "/problems/maintenance")
    assert all(text in refused.body["detail"] for text in texts.values())
    assert call(platform, "GET", "/chat/notice").body == {"maintenance": texts}
    assert post(platform, "/ivr/process", phone="0212345678").body["type"] == "/problems/maintenance"
    form = b"CallSid=CAswitch&From=%2B8210"
    told = call(platform, "POST", "/ivr/twiml", form, "application/x-www-form-urlencoded")
    assert (told.status, b"Back at 4." in told.body, b"<Hangup" in told.body) == (200, True, True), told
    assert post(platform, "/chat/message", session_id=session, message="still here").status == 200
    begun = datetime.now(UTC)
    ending = put(
        platform,
        "maintenance",
        on=True,
        value="soon",
        reason="over",
        until=(begun + timedelta(seconds=2)).isoformat(),
    )
    assert ending.body["since"] == turned.body["since"]
    asyncio.run(until(lambda: start(platform).status == 200, 10, "the maintenance does not end by itself"))
    assert not seen(platform, "maintenance")["on"]


def test_the_command_turns_and_undoes_without_a_gateway_in_between(platform: Platform) -> None:
    done = command(platform, "on", "drain", QUEUE, "--reason", "flood", "--for", "1h", "--author", "kim")
    assert done.exit_code == 0, done.output
    assert "aicc-switch off drain" in done.output
    asyncio.run(until(lambda: seen(platform, "drain")["by"] == "kim", 10, "gateways do not hear of it"))
    assert connect(platform, start(platform).body["session_id"]) == "refused closed_hours"
    assert "ON since" in command(platform, "list").output
    assert command(platform, "off", "drain").exit_code == 0
    asyncio.run(until(lambda: not seen(platform, "drain")["on"], 10, "gateways do not hear of the end"))
    assert connect(platform, start(platform).body["session_id"]) == "queued"


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("on", "drain", "nowhere", "--reason", "r"), 1, "'nowhere' is no pool and no queue"),
        (("on", "drain", QUEUE), 2, "--reason"),
        (("on", "lights", "--reason", "r"), 2, "lights"),
        (("on", "drain", QUEUE, "--reason", "r", "--for", "soon"), 2, "30m"),
        (("on", "drain", QUEUE, "--reason", "r", "--until", "2030-01-01T04:00"), 2, "zone"),
        (("on", "drain", QUEUE, "--reason", "r", "--until", "2020-01-01T04:00Z"), 1, "until: is over"),
    ],
)
def test_what_the_command_refuses_is_said(
    platform: Platform, arguments: tuple[str, ...], status: int, says: str
) -> None:
    done = command(platform, *arguments)
    assert (done.exit_code, says in done.output) == (status, True), done.output


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("lights", {"on": False}, 404),
        ("drain", {"on": True, "value": QUEUE}, 422),
        ("drain", {"on": True, "value": "nowhere", "reason": "r"}, 422),
        ("drain", {"on": True, "value": QUEUE, "reason": "r", "until": "2030-01-01T00:00:00"}, 422),
        ("drain", {"off": True}, 422),
    ],
)
def test_what_a_call_refuses(platform: Platform, name: str, body: dict[str, object], status: int) -> None:
    assert put(platform, name, **body).status == status
