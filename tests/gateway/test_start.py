"""What was answered 200 stands in the log; what was refused does not."""

import signal
import uuid

import pytest

from schemas.conversation import StartChat, decode_command
from schemas.envelope import header
from schemas.ids import partition_of, session_id
from schemas.topics import CONVERSATION_COMMANDS
from tests.gateway.conftest import Servers
from tests.gateway.process import FORM, JSON, GatewayProcess
from tests.gateway.topics import records

TOPIC = CONVERSATION_COMMANDS


def test_every_200_stands_in_the_partition_of_its_session_id(
    gateway: GatewayProcess, servers: Servers
) -> None:
    customer = uuid.uuid4().hex
    answers = [gateway.post("/chat/start", {"customer_id": customer, "message": "안녕"}) for _ in range(40)]
    assert {answer.status for answer in answers} == {200}
    sessions = {answer.body["session_id"] for answer in answers}
    found = records(servers.kafka, TOPIC, customer.encode())
    assert {record.key.decode() for record in found} == sessions
    assert len(found) == len(sessions) == 40
    assert all(record.partition == partition_of(record.key.decode()) for record in found)
    assert len({record.partition for record in found}) > 1


def test_the_record_says_who_and_what(gateway: GatewayProcess, servers: Servers) -> None:
    customer = uuid.uuid4().hex
    body = f"customer_id={customer}&message=hi+there&customer_name=Ada&synthetic=true".encode()
    session = gateway.post("/chat/start", body, FORM).body["session_id"]
    (record,) = records(servers.kafka, TOPIC, customer.encode())
    command = decode_command(record.value)
    assert isinstance(command, StartChat)
    assert (command.session_id, command.message, command.customer_name) == (session, "hi there", "Ada")
    assert command.synthetic
    assert command.message_id
    assert command.policy.customer_grace_s == 60.0
    assert header(record.headers, "id") == session
    assert header(record.headers, "type") == "chat.start"


TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    ("given", "passed"),
    [
        (TRACE, TRACE),
        ("", ""),
        (TRACE.upper(), ""),
        (TRACE + "-more", ""),
        ("ff" + TRACE[2:], ""),
        (f"00-{'0' * 32}-{'b' * 16}-01", ""),
        (f"00-{'a' * 32}-{'0' * 16}-01", ""),
    ],
)
def test_a_valid_traceparent_goes_with_the_record(
    gateway: GatewayProcess, servers: Servers, given: str, passed: str
) -> None:
    customer = uuid.uuid4().hex
    body = f'{{"customer_id": "{customer}"}}'.encode()
    reply = gateway.ask("POST", "/chat/start", body, {"Content-Type": JSON, "Traceparent": given})
    assert reply.status == 200
    (record,) = records(servers.kafka, TOPIC, customer.encode())
    assert header(record.headers, "traceparent") == passed


@pytest.mark.parametrize("path", ["/chat/message", "/agent/connect", "/chat/end"])
def test_every_post_passes_its_traceparent(gateway: GatewayProcess, servers: Servers, path: str) -> None:
    session = gateway.post("/chat/start", {"customer_id": "c"}).body["session_id"]
    body = f'{{"session_id": "{session}", "message": "hi"}}'.encode()
    headers = {"Traceparent": TRACE, "Content-Type": JSON}
    assert gateway.ask("POST", path, body, headers).status == 200
    traces = [header(one.headers, "traceparent") for one in records(servers.kafka, TOPIC, session.encode())]
    assert traces == ["", TRACE]


MARK = "refused-5f1c09ab7d3e"
"""No other test says this."""

FULL = f'{{"customer_id": "{MARK}", "session_id": "{MARK}"}}'.encode()
BAD = [
    ("/chat/start", b"{", JSON, 400, "read"),
    ("/chat/start", b"", JSON, 400, "empty"),
    ("/chat/start", FULL[:-1], JSON, 400, "ends too early"),
    ("/chat/start", FULL + b"\xff", JSON, 400, "trailing"),
    ("/chat/start", f"customer_id={MARK}%ff".encode(), FORM, 400, "UTF-8"),
    ("/chat/start", b"[]", JSON, 422, "object"),
    ("/chat/start", b"{}", JSON, 422, "customer_id"),
    ("/chat/start", b"message=" + MARK.encode(), FORM, 422, "customer_id"),
    ("/chat/start", f'{{"customer_id": ["{MARK}"]}}'.encode(), JSON, 422, "$.customer_id"),
    ("/chat/start", f'{{"customer_id": "{MARK}", "message": 1}}'.encode(), JSON, 422, "$.message"),
    ("/chat/start", f'{{"customer_id": "{MARK}\\u0000"}}'.encode(), JSON, 422, "$.customer_id"),
    ("/chat/start", f"customer_id={MARK}%00".encode(), FORM, 422, "$.customer_id"),
    (
        "/chat/start",
        f'{{"customer_id": "{MARK}", "message": "{"x" * 5000}"}}'.encode(),
        JSON,
        422,
        "$.message",
    ),
    ("/chat/start", FULL + b" " * 1_000_000, JSON, 413, "65536"),
    ("/chat/start", FULL, "text/plain", 415, "text/plain"),
    ("/chat/start", FULL, "multipart/form-data; boundary=x", 415, "multipart/form-data"),
    ("/chat/message", f'{{"session_id": "{MARK}", "message": "hi"}}'.encode(), JSON, 404, "session"),
    ("/chat/message", f'{{"session_id": "{MARK}"}}'.encode(), JSON, 422, "message"),
    ("/chat/end", FULL, JSON, 404, "session"),
    ("/agent/connect", FULL, JSON, 404, "session"),
    ("/nothing/here", FULL, JSON, 404, "There is nothing at this address"),
    ("/health/live", FULL, JSON, 405, "This address takes GET, HEAD only"),
]


@pytest.mark.parametrize(("path", "body", "media_type", "status", "detail"), BAD)
def test_bad_input_is_a_problem_document(
    gateway: GatewayProcess, path: str, body: bytes, media_type: str, status: int, detail: str
) -> None:
    answer = gateway.post(path, body, media_type)
    assert (answer.status, answer.media_type) == (status, "application/problem+json")
    assert answer.body["status"] == status
    assert detail in answer.body.get("detail", "")


def test_bad_input_leaves_no_record(gateway: GatewayProcess, servers: Servers) -> None:
    for path, body, media_type, *_ in BAD:
        gateway.post(path, body, media_type)
    unowned = session_id(4000, 1_750_000_000_000, 7)
    uuid4 = str(uuid.uuid4())
    for session in (unowned, uuid4, unowned.upper()):
        assert gateway.post("/chat/message", {"session_id": session, "message": MARK}).status == 404
    assert records(servers.kafka, TOPIC, MARK.encode()) == []
    assert gateway.post("/chat/start", FULL).status == 200
    assert len(records(servers.kafka, TOPIC, MARK.encode())) == 1


def test_other_methods_are_refused(gateway: GatewayProcess) -> None:
    answer = gateway.get("/chat/start")
    assert (answer.status, answer.media_type) == (405, "application/problem+json")
    assert answer.headers["allow"] == "POST"
    assert answer.body["detail"] == "This address takes POST only"
    assert gateway.ask("HEAD", "/health/live").status == 200


def test_a_body_in_chunks_is_limited_too(gateway: GatewayProcess) -> None:
    chunks = iter([b"x" * 10_000] * 100)
    answer = gateway.ask("POST", "/chat/start", chunks, {"Content-Type": JSON})
    assert answer.status == 413


def test_no_echo_without_the_flag(gateway: GatewayProcess) -> None:
    assert gateway.post("/bench/echo", {"customer_id": "c"}).status == 404


def test_requests_are_counted_by_route(gateway: GatewayProcess) -> None:
    gateway.post("/made/up/path", {})
    page = gateway.get("/metrics").body.decode()
    assert 'http_requests_total{code="200",method="POST",route="/chat/start"}' in page
    assert 'http_requests_total{code="404",method="POST",route="other"}' in page
    assert "made/up" not in page


def test_a_gateway_that_does_not_become_ready_is_not_left_running(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.gateway.process._READY_S", 0.1)
    process = GatewayProcess({**servers.environment, "KAFKA_BOOTSTRAP": "127.0.0.1:1"})
    with pytest.raises(AssertionError, match="not ready"):
        process.start()
    assert process.process is not None
    assert process.process.returncode == -signal.SIGKILL
