"""POST /ivr/process: what becomes of a body, and of what the call's owner says to it."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from urllib.parse import urlencode

import msgspec
import pytest
import redis

from schemas.calls import CallTold, Expects, QueueHome
from schemas.conversation import Asked, CallInput, CommandAnswered, EndConversation, StartCall
from schemas.flow_builtin import BUILT_IN
from schemas.ids import partition_of
from schemas.states import Verdict
from tests.gateway.conftest import Servers
from tests.gateway.owner import Owner
from tests.gateway.process import FORM, JSON, GatewayProcess, Reply

MENU = CallTold(prompt="Press 1.", node="menu", expects=Expects(min_digits=1, max_digits=1, timeout_s=6.0))
Asks = Callable[..., tuple[Reply, list[Asked]]]


@pytest.fixture
def ask(gateway: GatewayProcess, servers: Servers, feeds: "redis.Redis") -> Asks:
    """Posts the fields; the call's owner answers with those of the other names."""

    def asking(
        fields: dict[str, str], verdict: Verdict = Verdict.ACCEPTED, *, form: bool = False, **answer: object
    ) -> tuple[Reply, list[Asked]]:
        heard: list[Asked] = []

        def decide(command: Asked) -> Iterable[CommandAnswered]:
            heard.append(command)
            said = {"session_id": command.session_id, "request_id": command.request_id, "verdict": verdict}
            whole = {"type": "command.answered", "reply_to": command.reply_to, **said, **answer}
            return [msgspec.convert(whole, CommandAnswered)]

        with Owner(servers.kafka, feeds, decide):
            body = urlencode(fields).encode() if form else fields
            return gateway.post("/ivr/process", body, FORM if form else JSON), heard

    return asking


@pytest.mark.parametrize("form", [False, True])
def test_a_call_begins_and_is_told_what_to_play(ask: Asks, form: bool) -> None:
    fields = {"phone": "+8210", "call_id": "CA1", "menu": "unknown"}
    reply, (command,) = ask(fields, form=form, status="ivr", call=MENU)
    assert isinstance(command, StartCall)
    assert reply.status == 200
    assert reply.body.pop("token")
    assert reply.body == {
        "session_id": command.session_id,
        "status": "ivr",
        "prompt": "Press 1.",
        "expects": {"min_digits": 1, "max_digits": 1, "timeout_s": 6.0},
        "node": "menu",
    }
    assert (command.customer_id, command.phone, command.call_id) == ("+8210", "+8210", "CA1")
    assert (command.flow, command.input) == (BUILT_IN, "")
    assert partition_of(command.session_id) in range(8)


def test_a_queue_that_nobody_has_is_the_first_of_all(ask: Asks) -> None:
    _, (command,) = ask({"customer_id": "kim"}, status="ivr", call=MENU)
    assert isinstance(command, StartCall)
    home = QueueHome("gw-support", "gw-pool", 3)
    assert command.homes == {"sales": home, "support": home}


CALLERS = [
    ({"customer_id": "kim", "phone": "010"}, "kim", "010"),
    ({"from": "010"}, "010", "010"),
    ({"phone": "010", "from": "011"}, "010", "010"),
]


@pytest.mark.parametrize(("fields", "customer", "phone"), CALLERS)
def test_who_calls(ask: Asks, fields: dict[str, str], customer: str, phone: str) -> None:
    _, (command,) = ask(fields, status="ivr", call=MENU)
    assert isinstance(command, StartCall)
    assert (command.customer_id, command.phone) == (customer, phone)


def test_who_calls_without_a_number_is_nobody_else(ask: Asks) -> None:
    _, (command,) = ask({}, status="ivr", call=MENU)
    assert isinstance(command, StartCall)
    assert command.customer_id == f"anonymous-{command.session_id}"


INPUTS: list[tuple[dict[str, str], str | None]] = [
    ({"input": "1"}, "1"),
    ({"input": ""}, ""),
    ({"event": "timeout"}, ""),
    ({"event": "timeout", "input": "12"}, "12"),
    ({"event": ""}, None),
    ({}, None),
]


@pytest.mark.parametrize("form", [False, True])
@pytest.mark.parametrize(("fields", "said"), INPUTS)
def test_what_the_caller_did(
    ask: Asks, session: str, fields: dict[str, str], said: str | None, form: bool
) -> None:
    reply, (command,) = ask({"session_id": session, **fields}, form=form, status="ivr", call=MENU)
    assert isinstance(command, CallInput)
    assert (reply.status, command.input, command.message_id) == (200, said, command.request_id)


def test_the_clients_message_id_goes_along(ask: Asks, session: str) -> None:
    _, (command,) = ask({"session_id": session, "input": "1", "message_id": "m1"}, status="ivr", call=MENU)
    assert isinstance(command, CallInput)
    assert (command.message_id, command.request_id != "m1") == ("m1", True)


def test_who_waits_is_told_the_place(ask: Asks, session: str) -> None:
    place = {"position": 3, "estimated_wait_s": 40.0, "estimated_wait_high_s": 90.0}
    told = CallTold(node="support", queue="gw-support")
    reply, _ = ask({"session_id": session}, status="waiting", call=told, **place)
    where = {"node": "support", "queue": "gw-support"}
    wanted = {"session_id": session, "status": "waiting", "prompt": "", "expects": None}
    assert reply.body == wanted | where | place


def test_who_is_served_or_refused_is_told_by_whom_or_why(ask: Asks, session: str) -> None:
    reply, _ = ask({"session_id": session}, status="active", agent_id="gw-agent", call=CallTold())
    assert (reply.body["status"], reply.body["agent_id"]) == ("active", "gw-agent")
    reply, _ = ask({"session_id": session}, status="refused", reason="closed_hours", call=CallTold())
    assert (reply.status, reply.body["status"], reply.body["reason"]) == (200, "refused", "closed_hours")


OVER = {"status": "closed", "prompt": "", "expects": None}


@pytest.mark.parametrize("verdict", [Verdict.ACCEPTED, Verdict.CONFLICT])
def test_a_hangup_ends_it_once_or_twice(ask: Asks, session: str, verdict: Verdict) -> None:
    reason = "closed" if verdict is Verdict.CONFLICT else ""
    reply, (command,) = ask({"session_id": session, "event": "hangup"}, verdict, reason=reason)
    assert isinstance(command, EndConversation)
    assert command.reason == "hangup"
    assert (reply.status, reply.body) == (200, {"session_id": session, **OVER})


def test_what_is_pressed_after_the_end_is_told_to_hang_up(ask: Asks, session: str) -> None:
    reply, _ = ask({"session_id": session, "input": "1"}, Verdict.CONFLICT, reason="closed")
    assert (reply.status, reply.body) == (200, {"session_id": session, **OVER})


REFUSALS = [
    (Verdict.NOT_FOUND, "", 404, "There is no such session"),
    (Verdict.CONFLICT, "not_a_call", 409, "The session is no call"),
    (Verdict.EXPIRED, "", 503, "The command came too late and was not done"),
]


@pytest.mark.parametrize(("verdict", "reason", "status", "detail"), REFUSALS)
def test_refusals_are_problems(
    ask: Asks, session: str, verdict: Verdict, reason: str, status: int, detail: str
) -> None:
    reply, _ = ask({"session_id": session, "input": "1"}, verdict, reason=reason)
    assert (reply.status, reply.media_type) == (status, "application/problem+json")
    assert reply.body["detail"] == detail


def test_a_card_number_is_not_written_down(ask: Asks, session: str) -> None:
    _, (command,) = ask({"session_id": session, "input": "4111 1111 1111 1111"}, status="ivr", call=MENU)
    assert isinstance(command, CallInput)
    assert command.input == "**** **** **** 1111"


def test_a_call_goes_on_by_its_own_token_where_one_is_needed(servers: Servers, feeds: "redis.Redis") -> None:
    def decide(command: Asked) -> Iterable[CommandAnswered]:
        said = {"session_id": command.session_id, "request_id": command.request_id, "verdict": "accepted"}
        whole = {"type": "command.answered", "reply_to": command.reply_to, **said, "status": "ivr"}
        return [msgspec.convert(whole, CommandAnswered)]

    strict = GatewayProcess(servers.environment, customer_tokens="strict")
    strict.start()
    with ExitStack() as stack:
        stack.callback(strict.stop)
        stack.enter_context(Owner(servers.kafka, feeds, decide))
        begun = strict.post("/ivr/process", {"phone": "010"}).body
        body = msgspec.json.encode({"session_id": begun["session_id"], "input": "1"})
        bearer = {"Content-Type": JSON, "Authorization": f"Bearer {begun['token']}"}
        assert strict.ask("POST", "/ivr/process", body, {"Content-Type": JSON}).status == 401
        assert strict.ask("POST", "/ivr/process", body, bearer).status == 200


def test_without_an_answer_there_is_nothing_to_play(gateway: GatewayProcess) -> None:
    reply = gateway.post("/ivr/process", {"phone": "010"})
    assert (reply.status, reply.media_type) == (503, "application/problem+json")
    assert int(reply.headers["retry-after"]) >= 1


BAD = [
    ({"session_id": "nonsense", "input": "1"}, 404, "session"),
    ({"event": "hangup"}, 422, "$.session_id"),
    ({"event": "answered"}, 422, "$.event"),
    ({"input": 1}, 422, "$.input"),
    ({"input": "x" * 5_000}, 422, "$.input"),
    ({"input": "1\0"}, 422, "$.input"),
    ({"phone": "0" * 41}, 422, "$.phone"),
    ([], 422, "object"),
]


@pytest.mark.parametrize(("body", "status", "detail"), BAD)
def test_bad_input_is_a_problem_document(
    gateway: GatewayProcess, body: object, status: int, detail: str
) -> None:
    reply = gateway.post("/ivr/process", body)
    assert (reply.status, reply.media_type) == (status, "application/problem+json")
    assert detail in reply.body["detail"]
