"""What is logged of records says nothing personal."""

import json
import logging

from runtime.logs import JsonLines, Seldom
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
