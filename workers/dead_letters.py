"""Records that can't be used, set aside with the reason."""

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaProducer, ConsumerRecord

from runtime.metrics import DEAD_LETTERS
from schemas.envelope import Headers, header, headers
from workers.errors import TooManyDeadLetters

MAX_REASON = 1_000


def letter(record: ConsumerRecord, reason: str) -> Headers:
    """The headers: `id` is the record's position (topic:partition:offset), so repeats can be told."""
    position = f"{record.topic}:{record.partition}:{record.offset}"
    made = headers(position, "dead.letter", header(record.headers, "cause"))
    return [
        *made,
        ("reason", reason[:MAX_REASON].encode()),
        ("source_id", header(record.headers, "id").encode()),
    ]


class DeadLetters:
    """Sends records to their topic's `.dlq` as they were. `limit` is for one batch."""

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
                    record.topic + ".dlq", record.value, key=record.key, headers=letter(record, reason)
                )
                for record, reason in letters
            ]
        )
        for record, _ in letters:
            DEAD_LETTERS.labels(record.topic, "refused").inc()
