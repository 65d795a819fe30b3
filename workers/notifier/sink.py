"""The notifier's sink: feeds, nudges and position in one script, so all of them happen or none."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from aiokafka import ConsumerRecord
from redis import exceptions
from redis.asyncio import Redis

from workers.batch import Batch, Place, Position, SetBack
from workers.dead_letters import DeadLetters, about_one
from workers.notifier.feeds import Note
from workers.spans import processed

log = logging.getLogger(__name__)
SINK = "notifier"
HISTORY_S = 3600.0
FEED_ENTRIES = 1_000
NoteOf = Callable[[bytes], Note | None]
Argument = str | int | bytes


def position_key(place: Place) -> str:
    """Where the position of a partition stands: the offset after the last record noted."""
    return f"notifier:{place.topic}:{place.partition}"


def topic_key(place: Place) -> str:
    """Where the id of the topic stands that the position is one of."""
    return f"{position_key(place)}:topic"


class RedisSink:
    """Notes each topic's records by its function. `letters` are for the topics that nobody else reads."""

    passing: tuple[type[Exception], ...] = (
        OSError,
        exceptions.ConnectionError,
        exceptions.TimeoutError,
        exceptions.ReadOnlyError,
        exceptions.OutOfMemoryError,
    )
    history_s: float | None = HISTORY_S

    def __init__(
        self, redis: Redis, note_of: Mapping[str, NoteOf], letters: Mapping[str, DeadLetters]
    ) -> None:
        self._redis = redis
        self._note_of = note_of
        self._letters = letters
        self._script = redis.register_script(Path(__file__).with_name("store.lua").read_text())

    async def positions(self, places: Iterable[Place]) -> Mapping[Place, Position]:
        """What the keys say; nothing after a loss of Redis."""
        wanted = list(places)
        if not wanted:
            return {}
        found: Any = await self._redis.mget([*map(position_key, wanted), *map(topic_key, wanted)])
        offsets, topics = found[: len(wanted)], found[len(wanted) :]
        return {
            place: Position(int(offset), (topic or b"").decode())
            for place, offset, topic in zip(wanted, offsets, topics, strict=True)
            if offset is not None
        }

    async def start_at(self, place: Place, position: Position) -> None:
        """Sets both keys at once."""
        await self._redis.mset({position_key(place): position.offset, topic_key(place): position.topic_id})

    async def store(self, batch: Batch) -> None:
        """One call of the script; what can't be read is set aside or, where others do that, passed over."""
        arguments, refused = self._arguments(batch)
        if refused:
            await self._set_aside(batch.place.topic, refused)
        head: list[Argument] = [batch.begin, batch.end, FEED_ENTRIES]
        done = await self._script(keys=[position_key(batch.place)], args=head + arguments)
        if done != 1:
            raise SetBack(f"noted up to {done!r}, not {batch.begin}")

    def _arguments(self, batch: Batch) -> tuple[list[Argument], list[tuple[ConsumerRecord, str]]]:
        note_of = self._note_of[batch.place.topic]
        arguments: list[Argument] = []
        refused = []
        for record in batch.records:
            try:
                note = note_of(record.value or b"")
            except (ValueError, RecursionError) as error:  # the latter for JSON nested too deeply
                refused.append((record, str(error)))
            else:
                arguments.extend(_flat(record, note) if note else ())
        return arguments, refused

    async def _set_aside(self, topic: str, refused: list[tuple[ConsumerRecord, str]]) -> None:
        if letters := self._letters.get(topic):
            await letters.send(refused)
            return
        for record, _ in refused:
            log.warning("a record is passed over: others set it aside", extra=about_one(record))


def _flat(record: ConsumerRecord, note: Note) -> Iterator[Argument]:
    """Who hears of a record whose trace is kept is told the context before it."""
    yield from (record.offset, *note, record.value, processed(SINK, record))
