"""Lines of the log: what they are about, in JSON and to read, and nothing personal."""

import asyncio
import json
import logging
from contextvars import copy_context

import pytest

from runtime import tracing
from runtime.about import about, about_feed, about_record, concern
from runtime.logs import JsonLines, Seldom, TextLines, fields_of, set_up_logging
from schemas.conversation import MessageAdded
from schemas.states import Role

ENTRY = MessageAdded(
    session_id="s", seq=1, message_id="m", role=Role.CUSTOMER, sender_id="kim", text="010-1234"
)


def test_records_are_logged_without_what_is_personal() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "heard %s at %d", (ENTRY, 7), None)
    record.fields = {"entry": ENTRY, "others": [ENTRY]}
    text = JsonLines().format(record)
    line = json.loads(text)
    assert (line["entry"]["seq"], line["entry"]["text"]) == (1, "[redacted]")
    assert "'seq': 1" in line["message"]
    assert line["message"].endswith(" at 7")
    assert not [word for word in ("kim", "010") if word in text]


def test_a_line_that_comes_again_and_again_is_held_back_and_counted() -> None:
    seldom = Seldom(1.0)

    def passes(at: float, line: int) -> dict[str, int] | bool:
        record = logging.LogRecord("aiokafka", logging.ERROR, "coordinator.py", line, "no", (), None)
        record.created = at
        return seldom.filter(record) and getattr(record, "fields", True)

    assert [passes(100 + nth / 70, 1) for nth in range(70)] == [True] + 69 * [False]
    assert passes(100.5, 2) is True
    assert passes(101.1, 1) == {"held_back": 69}
    assert passes(102.2, 1) is True


def line(message: str = "no", extra: dict[str, object] | None = None) -> logging.LogRecord:
    return logging.makeLogRecord({"name": "x", "levelname": "WARNING", "msg": message, **(extra or {})})


def test_a_line_to_read_has_its_fields_at_the_end() -> None:
    text = TextLines().format(line("it is\nso", about(session="s1", cause="t:0:1", n=7, entry=ENTRY)))
    at, rest = text.split(" ", 1)
    assert len(at) == len("09:30:00.123")
    assert rest.startswith("WARNING  x: it is\\nso  session_id=s1  cause=t:0:1  n=7  entry={")
    assert "010" not in rest


def test_a_lines_own_ids_join_those_of_its_task() -> None:
    async def told() -> dict[str, object]:
        concern(session="s1", contact="not an id, but what a client has sent")
        concern(agent="kim")
        return await asyncio.create_task(deeper())

    async def deeper() -> dict[str, object]:
        tracing.current.set(f"00-{'a' * 32}-{'b' * 16}-01")
        return fields_of(line(extra=about(contact="s1.1")))

    found = copy_context().run(asyncio.run, told())
    assert found == {"session_id": "s1", "agent_id": "kim", "contact_id": "s1.1", "trace_id": "a" * 32}
    assert fields_of(line()) == {}


@pytest.mark.parametrize(
    ("topic", "key", "value", "found"),
    [
        ("conversation.commands", b"s1", b"not json", {"session_id": "s1"}),
        ("routing.commands", b"pool-1", b'{"session_id":"s1","contact_id":"s1.1"}', {"session_id": "s1"}),
        ("agent.assignments", b"a", b'{"agent_id":"a","session_id":7}', {}),
        ("conversation.commands", b"", b'{"session_id":"Kim, 010 1234"}', {}),
        ("conversation.commands", b"\xff", b"", {}),
        ("routing.events", None, None, {}),
    ],
)
def test_of_a_record_only_ids_are_told(topic: str, key: bytes, value: bytes, found: dict[str, str]) -> None:
    headers = [("cause", b"c:0:1:0:e:0")]
    fields = about_record(topic, 2, 7, key, value, headers)["fields"]
    contact = fields.pop("contact_id", "")
    assert fields == found | {"cause": "c:0:1:0:e:0", "record": f"{topic}:2:7"}
    assert contact in ("", "s1.1")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("session:s1", {"session_id": "s1"}),
        ("nudge:agent:kim", {"agent_id": "kim"}),
        ("pool:p:q", {"pool": "p:q"}),
        ("gateway:0-12", {}),
    ],
)
def test_a_feed_says_whose_it_is(name: str, found: dict[str, str]) -> None:
    assert about_feed(name)["fields"] == found


@pytest.mark.parametrize(
    ("style", "terminal", "kind"),
    [
        ("auto", True, TextLines),
        ("auto", False, JsonLines),
        ("json", True, JsonLines),
        ("text", False, TextLines),
    ],
)
def test_a_terminal_gets_text(
    style: str, terminal: bool, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    for handler in before:
        root.removeHandler(handler)  # or they would be closed
    try:
        set_up_logging("INFO", style)
        assert isinstance(root.handlers[0].formatter, kind)
    finally:
        root.handlers, root.level = before, level
