"""JSON nested too deeply is what can't be read, like any other that is none."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from schemas.topics import AGENT_ASSIGNMENTS
from workers.batch import Batch, Place
from workers.dead_letters import DeadLetters
from workers.notifier.feeds import agent_note, session_note
from workers.notifier.sink import RedisSink
from workers.persister.sink import build
from workers.persister.tables import Events

AGENTS = Place(AGENT_ASSIGNMENTS.name, 0)


def record(head: bytes) -> Any:
    value = head + b"[" * 50_000 + b"]" * 50_000 + b"}"
    return SimpleNamespace(topic="t", partition=0, offset=4, key=b"k", value=value, headers=[])


def test_the_persister_refuses_it() -> None:
    deep = record(b'{"type":"message.added","a":')
    built, refused = build(Events(cast("Any", None)), [deep])
    assert not built
    assert [one for one, _ in refused] == [deep]


class FakeRedis:
    """Takes every script call."""

    def register_script(self, _: str) -> Any:
        async def run(**_: object) -> int:
            return 1

        return run


class Letters:
    """Notes what is set aside."""

    def __init__(self) -> None:
        self.records: list[Any] = []

    async def send(self, refused: list[tuple[Any, str]]) -> None:
        self.records += [one for one, _ in refused]


@pytest.mark.parametrize("note_of", [session_note, agent_note])
def test_the_notifier_sets_it_aside(note_of: Any) -> None:
    letters = Letters()
    sink = RedisSink(
        cast("Redis", FakeRedis()), {AGENTS.topic: note_of}, {AGENTS.topic: cast("DeadLetters", letters)}
    )
    head = b'{"type":"message.added","a":' if note_of is session_note else b'{"type":"offer.made","a":'
    asyncio.run(sink.store(Batch(AGENTS, 4, [record(head)])))
    assert len(letters.records) == 1
