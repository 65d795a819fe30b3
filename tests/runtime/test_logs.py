"""What is logged of records says nothing personal."""

import json
import logging

from runtime.logs import JsonLines
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
