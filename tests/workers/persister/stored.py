"""What should stand in Postgres after a run of events, and whether it does."""

import random
from collections.abc import Sequence

from schemas.conversation import ConsultationChanged, ConversationEvent, MessageAdded
from schemas.ids import partition_of
from schemas.topics import CONVERSATION_EVENTS, Topic
from tests.workers.events import conversation, interleaved
from tests.workers.world import PARTITIONS, Given, World, given, until

CONSULTATIONS = "SELECT session_id, version FROM consultations WHERE session_id = ANY ($1)"
MESSAGES = "SELECT session_id, seq, text FROM chat_messages WHERE session_id = ANY ($1)"
BEHIND = "SELECT coalesce(sum(next_offset), 0)::bigint AS count FROM sink_offsets WHERE topic = $1"
Sessions = Sequence[list[ConversationEvent]]


def some_sessions(rng: random.Random, count: int) -> Sessions:
    """Conversations spread over the partitions."""
    return [conversation(rng, number % PARTITIONS) for number in range(count)]


def placed(sessions: Sessions, rng: random.Random) -> list[Given]:
    """Every session's events on its partition, mixed."""
    return [given(event, partition_of(event.session_id)) for event in interleaved(rng, list(sessions))]


async def behind(world: World, topic: Topic = CONVERSATION_EVENTS) -> int:
    """How many records the sink has behind it."""
    return int((await world.fetch(BEHIND, world.name(topic)))[0]["count"])


async def until_stored(
    world: World, count: int, topic: Topic = CONVERSATION_EVENTS, within_s: float = 30.0
) -> None:
    """Waits until so many records are behind the sink."""

    async def all_stored() -> bool:
        return await behind(world, topic) >= count

    await until(all_stored, f"{count} records stored", within_s)


async def assert_exactly(world: World, sessions: Sessions) -> None:
    """One row a session, at its last version; one a message, as it was said."""
    ids = [events[0].session_id for events in sessions]
    events = [event for session in sessions for event in session]
    versions = {e.session_id: e.version for e in events if isinstance(e, ConsultationChanged)}
    stored = await world.fetch(CONSULTATIONS, ids)
    assert sorted((row["session_id"], row["version"]) for row in stored) == sorted(versions.items())
    said = [(e.session_id, e.seq, e.text) for e in events if isinstance(e, MessageAdded)]
    rows = await world.fetch(MESSAGES, ids)
    assert sorted((row["session_id"], row["seq"], row["text"]) for row in rows) == sorted(said)
