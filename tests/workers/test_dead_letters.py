"""Setting records aside."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from schemas.envelope import header, headers
from workers.dead_letters import MAX_REASON, DeadLetters, letter
from workers.errors import TooManyDeadLetters


def record(offset: int) -> Any:
    return SimpleNamespace(
        topic="t",
        partition=2,
        offset=offset,
        key=b"k",
        value=b"v",
        headers=headers("id-1", "x", "c:0:1:0::0"),
    )


def test_a_letter_says_whence_and_why() -> None:
    made = letter(record(7), "because " + "x" * 5_000)
    assert header(made, "id") == "t:2:7"
    assert header(made, "source_id") == "id-1"
    assert header(made, "cause") == "c:0:1:0::0"
    assert header(made, "reason").startswith("because")
    assert len(header(made, "reason")) == MAX_REASON


class Producer:
    """Notes the topics."""

    def __init__(self) -> None:
        self.topics: list[str] = []

    async def send_and_wait(self, topic: str, *_: object, **__: object) -> None:
        self.topics.append(topic)


def test_too_many_at_once_are_not_sent() -> None:
    producer = Producer()
    letters = DeadLetters(producer, limit=2)
    asyncio.run(letters.send([(record(1), "bad"), (record(2), "bad")]))
    assert producer.topics == ["t.dlq", "t.dlq"]
    with pytest.raises(TooManyDeadLetters, match="3 in one batch"):
        asyncio.run(letters.send([(record(n), "bad") for n in range(3)]))
    assert len(producer.topics) == 2
