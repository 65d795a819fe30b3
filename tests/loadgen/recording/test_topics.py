"""A recording from a real broker's topic."""

import asyncio
import time
from pathlib import Path

import pytest

from loadgen.recording import Recording, RecordingError, read, record
from schemas.codec import encode
from schemas.conversation import ConversationCommand, PostMessage, StartChat
from schemas.topics import Topic
from tests.faults import logs


async def written(bootstrap: str, topic: str, count: int) -> tuple[int, int]:
    """Contacts of one message each, in partitions in turn; the first and last append time."""
    await logs.create(bootstrap, [Topic(topic, 3)])
    producer = await logs.producer(bootstrap)
    told = []
    try:
        for number in range(count):
            session = f"s{number}"
            commands: list[ConversationCommand] = [
                StartChat(session_id=session, customer_id=f"customer-{number % 5}", message="secret"),
                PostMessage(session_id=session, message_id="m", text="secret"),
            ]
            for command in commands:
                sent = await producer.send(topic, encode(command), partition=number % 3)
                told.append(await sent)
        await producer.send_and_wait(topic, b"garbage", partition=0)
    finally:
        await producer.stop()
    return min(one.timestamp for one in told), max(one.timestamp for one in told)


def test_a_time_of_the_topics_becomes_a_file(kafka_bootstrap: str, topic_prefix: str, tmp_path: Path) -> None:
    topic, path = topic_prefix + "commands", tmp_path / "a.ndjson"
    first, last = asyncio.run(written(kafka_bootstrap, topic, 30))

    def recorded(begin_ms: int, end_ms: int) -> Recording:
        asyncio.run(record(kafka_bootstrap, path, begin_ms, end_ms, topic=topic))
        return read(path)

    whole = recorded(first, last + 1)
    assert len(whole.arrivals) == 30
    assert whole.arrivals[0].at == 0
    assert all([kind for kind, _ in one.steps] == ["start", "message"] for one in whole.arrivals)
    assert len({one.who for one in whole.arrivals}) == 5
    assert "secret" not in path.read_text()
    with pytest.raises(RecordingError, match="Nobody came in that time"):
        recorded(last + 60_000, last + 61_000)
    with pytest.raises(RecordingError, match="ends before it begins"):
        recorded(last, first)
    middle = whole.arrivals[15].at
    cut = first + round(middle * 1000)
    assert [len(recorded(first, cut).arrivals), len(recorded(cut, last + 1).arrivals)] == [
        sum(one.at < middle for one in whole.arrivals),
        sum(one.at >= middle for one in whole.arrivals),
    ]


def test_no_such_topic(kafka_bootstrap: str, topic_prefix: str, tmp_path: Path) -> None:
    now = time.time_ns() // 1_000_000
    with pytest.raises(RecordingError, match="There is no topic"):
        asyncio.run(record(kafka_bootstrap, tmp_path / "a", now - 1000, now, topic=topic_prefix + "none"))
