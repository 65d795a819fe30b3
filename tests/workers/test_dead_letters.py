"""Setting records aside."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from schemas.envelope import header, headers
from workers.dead_letters import MAX_HEADER, MAX_KEY, MAX_REASON, MAX_VALUE, DeadLetters, letter
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


def test_what_is_too_long_is_cut_off_and_says_so() -> None:
    sent: list[tuple[bytes | None, bytes | None, Any]] = []

    class Keeping:
        async def send_and_wait(
            self, _: str, value: bytes | None, *, key: bytes | None, headers: Any
        ) -> None:
            sent.append((key, value, headers))

    large = record(7)
    large.key, large.value = b"k" * 300, b"v" * 3_000_000
    large.headers = headers("i" * 500_000, "x", "c" * 500_000)
    deleted = record(8)
    deleted.key = deleted.value = None
    asyncio.run(DeadLetters(Keeping()).send([(large, "bad"), (deleted, "bad"), (record(9), "bad")]))
    key, value, made = sent[0]
    assert (key, value) == (b"k" * MAX_KEY, b"v" * MAX_VALUE)
    assert header(made, "id") == "t:2:7"
    assert header(made, "truncated") == "key=300 value=3000000"
    assert max(len(content) for _, content in made) <= MAX_HEADER
    assert [one[:2] for one in sent[1:]] == [(None, None), (b"k", b"v")]
    assert all(header(one[2], "truncated") == "" for one in sent[1:])
