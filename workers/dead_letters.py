"""Records that can't be used, set aside with the reason."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

from aiokafka import AIOKafkaProducer, ConsumerRecord

from runtime.about import about_record
from runtime.metrics import DEAD_LETTERS
from schemas.envelope import Headers, header, headers
from workers.errors import TooManyDeadLetters

log = logging.getLogger(__name__)
MAX_REASON = 1_000
MAX_KEY = 256
MAX_VALUE = 512 * 1024
MAX_HEADER = 1_000
"""So that every letter fits into a record: one cut off can be delivered, one too large never is."""


def letter(record: ConsumerRecord, reason: str) -> Headers:
    """The headers: `id` is the record's position (topic:partition:offset), so repeats can be told.

    `truncated` gives the original lengths of what is cut off; the record itself is found by its position.
    """
    position = f"{record.topic}:{record.partition}:{record.offset}"
    made = headers(position, "dead.letter", header(record.headers, "cause")[:MAX_HEADER])
    made += [
        ("reason", reason[:MAX_REASON].encode()),
        ("source_id", header(record.headers, "id")[:MAX_HEADER].encode()),
    ]
    if cut := _cut(record):
        made.append(("truncated", cut.encode()))
    return made


def _cut(record: ConsumerRecord) -> str:
    parts = (("key", record.key, MAX_KEY), ("value", record.value, MAX_VALUE))
    return " ".join(f"{name}={len(part)}" for name, part, limit in parts if part and len(part) > limit)


def _within(part: bytes | None, limit: int) -> bytes | None:
    return part[:limit] if part else part


def about_one(record: ConsumerRecord) -> Any:
    """What a line about a record says; why it is refused stays in the letter: it may repeat what it holds."""
    place = record.topic, record.partition, record.offset
    return about_record(*place, record.key, record.value, record.headers)


class DeadLetters:
    """Sends records to their topic's `.dlq`, whole or cut off. `limit` is for one batch."""

    def __init__(self, producer: AIOKafkaProducer, limit: int = 1_000) -> None:
        self._producer = producer
        self._limit = limit

    async def send(self, refused: Iterable[tuple[ConsumerRecord, str]]) -> None:
        """Returns when the broker has all of them. Raises TooManyDeadLetters, and Kafka's errors."""
        letters = list(refused)
        if len(letters) > self._limit:
            raise TooManyDeadLetters(f"{len(letters)} in one batch, the first: {letters[0][1]}")
        await asyncio.gather(
            *[
                self._producer.send_and_wait(
                    record.topic + ".dlq",
                    _within(record.value, MAX_VALUE),
                    key=_within(record.key, MAX_KEY),
                    headers=letter(record, reason),
                )
                for record, reason in letters
            ]
        )
        for record, _ in letters:
            log.warning("a record is set aside: refused", extra=about_one(record))
            DEAD_LETTERS.labels(record.topic, "refused").inc()
