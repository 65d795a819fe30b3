"""The persister as a process, on real Kafka and Postgres."""

import asyncio
import random
import signal
from collections.abc import Iterable, Sequence

from schemas.conversation import ConsultationChanged, ConversationEvent, MessageAdded
from schemas.ids import partition_of
from schemas.topics import CONFIG, CONVERSATION_EVENTS
from tests.workers.events import conversation, interleaved
from tests.workers.world import PARTITIONS, Given, World, given, until

CONSULTATIONS = "SELECT session_id, version FROM consultations WHERE session_id = ANY ($1)"
MESSAGES = "SELECT session_id, seq, text FROM chat_messages WHERE session_id = ANY ($1)"
POSITIONS = "SELECT partition, next_offset FROM sink_offsets WHERE topic = $1 ORDER BY partition"
TEMPLATE = "00000000-0000-7000-8000-000000000000"


def some_sessions(rng: random.Random, count: int) -> list[list[ConversationEvent]]:
    return [conversation(rng, number % PARTITIONS) for number in range(count)]


def placed(sessions: Iterable[list[ConversationEvent]], rng: random.Random) -> list[Given]:
    """Every session's events on its partition, mixed."""
    return [given(event, partition_of(event.session_id)) for event in interleaved(rng, list(sessions))]


async def all_stored(world: World, count: int) -> bool:
    """Whether the sink has as many records behind it as the topic holds."""
    rows = await world.fetch(POSITIONS, world.name(CONVERSATION_EVENTS))
    return bool(sum(row["next_offset"] for row in rows) == count)


async def assert_exactly(world: World, sessions: Sequence[Sequence[ConversationEvent]]) -> None:
    """One row a session, at its last version; one a message, as it was said."""
    ids = [events[0].session_id for events in sessions]
    stored = await world.fetch(CONSULTATIONS, ids)
    last = {
        e.session_id: e.version for events in sessions for e in events if isinstance(e, ConsultationChanged)
    }
    assert len(stored) == len(sessions)
    assert {row["session_id"]: row["version"] for row in stored} == last
    rows = await world.fetch(MESSAGES, ids)
    said = {
        (e.session_id, e.seq, e.text) for events in sessions for e in events if isinstance(e, MessageAdded)
    }
    assert len(rows) == len(said)
    assert {(row["session_id"], row["seq"], row["text"]) for row in rows} == said


def test_what_was_said_is_stored_and_a_signal_ends_it_cleanly(world: World, rng: random.Random) -> None:
    async def scenario() -> None:
        sessions = some_sessions(rng, 30)
        await world.create(CONVERSATION_EVENTS, CONFIG)
        offsets = await world.produce(CONVERSATION_EVENTS, placed(sessions, rng))
        with world.worker("persister") as process:
            await until(lambda: all_stored(world, len(offsets)), "all stored")
            process.send_signal(signal.SIGTERM)
            assert process.wait(5.0) == 0
        await assert_exactly(world, sessions)

    asyncio.run(scenario())
