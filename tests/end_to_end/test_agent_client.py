"""The example of an agent's own client, on the real platform: docs/examples/agent_client.py."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.assignments import OfferMade, decode_feed
from schemas.topics import AGENT_ASSIGNMENTS
from tests.end_to_end.clients import begin, history, post, token_of
from tests.end_to_end.test_contact import closed, customer
from tests.platform import POOLS, Platform
from tests.waiting import until

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "agent_client.py"
AGENT, QUEUE = "alpha-33", "alpha"


class ExampleClient:
    """The client as a process, and the lines that it says."""

    def __init__(self, platform: Platform, log: Path) -> None:
        self._log = log
        command = [sys.executable, str(EXAMPLE), "--agent", AGENT, "--handle-s", "0.2"]
        servers = ["--gateway", platform.base_url, "--kafka", platform.stack.kafka.address]
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [*command, *servers],
                env={**os.environ, "AGENT_TOKEN": token_of(platform, AGENT)},
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def lines(self, *words: str) -> list[str]:
        """Those that begin with the agent and these words."""
        begins = " ".join((AGENT, *words))
        return [line for line in self._log.read_text().splitlines() if line.startswith(begins)]

    def said(self, *words: str) -> None:
        """Waits for such a line."""
        wanted = " ".join(words)
        asyncio.run(until(lambda: bool(self.lines(*words)), 20, f"{wanted!r}: {self._log.read_text()}"))


@pytest.fixture
def example(platform: Platform, tmp_path: Path) -> Iterator[ExampleClient]:
    client = ExampleClient(platform, tmp_path / "client.log")
    try:
        client.said("presence accepted")
        yield client
    finally:
        client.process.kill()
        client.process.wait()


def served(platform: Platform) -> str:
    """The contact of a customer who was served by the example, and is gone."""
    session = begin(platform, customer())
    assert post(platform, "/agent/connect", session_id=session, queue=QUEUE).status == 200

    def is_served() -> bool:
        return (history(platform, session) or {}).get("agent_id") == AGENT

    asyncio.run(until(is_served, 20, f"{session} is not served"))
    assert post(platform, "/chat/end", session_id=session).status == 200
    stored = closed(platform, session)
    assert (stored["status"], stored["disposition"]) == ("completed", "solved")
    return f"{session}.1"


async def repeat_offer(platform: Platform, contact: str) -> None:
    """Appends the contact's offer again, as a pool that decides once more does."""
    place = TopicPartition(AGENT_ASSIGNMENTS.name, POOLS[QUEUE])
    servers = platform.stack.kafka.address
    async with (
        AIOKafkaConsumer(bootstrap_servers=servers, auto_offset_reset="earliest") as consumer,
        AIOKafkaProducer(bootstrap_servers=servers) as producer,
    ):
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        async for record in consumer:
            entry = decode_feed(record.value)
            if isinstance(entry, OfferMade) and entry.contact_id == contact:
                again = {"key": record.key, "partition": record.partition, "headers": list(record.headers)}
                await producer.send_and_wait(record.topic, record.value, **again)
                return


def test_it_takes_offers_once_and_completes_them(platform: Platform, example: ExampleClient) -> None:
    first = served(platform)
    assert len(example.lines("offer", first)) == 1
    asyncio.run(repeat_offer(platform, first))
    second = served(platform)
    assert len(example.lines("offer", second)) == 1
    assert len(example.lines("offer", first)) == 1, "an offer that came twice was answered twice"
    assert len(example.lines("completed", first, "accepted")) == 1
    example.process.send_signal(signal.SIGTERM)
    assert example.process.wait(10) == 0
    example.said("presence accepted")
    assert len(example.lines("presence accepted")) == 2
