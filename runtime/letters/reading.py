"""Letters and records as they stand in Kafka."""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from runtime.kafka import client_options
from runtime.letters.outcomes import Source
from schemas.envelope import header
from schemas.topics import TOPICS

DLQ = ".dlq"
SOURCES = tuple(topic.name.removesuffix(DLQ) for topic in TOPICS if topic.name.endswith(DLQ))
"""The topics that have dead letters."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A refused record; what is `truncated` is not all of it. `refusals` are those of all who refused it."""

    source: Source
    reason: str
    refusals: int
    at_ms: int
    record: ConsumerRecord

    @property
    def truncated(self) -> str:
        """The lengths of what was cut off; empty where nothing was."""
        return header(self.record.headers, "truncated")


def letters_of(records: Iterable[ConsumerRecord]) -> list[Letter]:
    """One letter for each refused record, oldest first: two who refuse one, or one who died and did so again,
    send two. Records that name no position are none of ours and left out."""
    found: dict[Source, Letter] = {}
    for record in records:
        try:
            source = Source.parse(header(record.headers, "id"))
        except ValueError:
            continue
        if first := found.get(source):
            found[source] = Letter(source, first.reason, first.refusals + 1, first.at_ms, first.record)
        else:
            found[source] = Letter(source, _reason(record), 1, record.timestamp, record)
    return sorted(found.values(), key=lambda letter: (letter.at_ms, letter.source))


def _reason(record: ConsumerRecord) -> str:
    told = header(record.headers, "reason"), header(record.headers, "error")
    return ": ".join(part for part in told if part)


async def read_letters(
    consumer: AIOKafkaConsumer, bootstrap: str, topics: Sequence[str], newest: int = 1 << 62
) -> list[Letter]:
    """All letters of these topics, or those among the `newest` records of each partition; of a topic that
    does not exist there are none."""
    wanted = {topic + DLQ for topic in topics}
    admin = AIOKafkaAdminClient(**client_options(bootstrap))
    await admin.start()
    try:
        described = await admin.describe_topics()
    finally:
        await admin.close()
    places = [
        TopicPartition(row["topic"], one["partition"])
        for row in described
        if row["topic"] in wanted
        for one in row["partitions"]
    ]
    # All at once: most topics have no letters, and each question takes a round trip.
    begins, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    filled = [place for place in places if begins[place] < ends[place]]
    records = [
        record for place in filled async for record in read_from(consumer, place, ends[place] - newest)
    ]
    return letters_of(records)


async def read_from(
    consumer: AIOKafkaConsumer, tp: TopicPartition, begin: int
) -> AsyncIterator[ConsumerRecord]:
    """What the partition holds from `begin`, or from its first record, up to now."""
    consumer.assign([tp])
    first = (await consumer.beginning_offsets([tp]))[tp]
    end = await end_of(consumer, tp)
    consumer.seek(tp, max(begin, first))
    while await consumer.position(tp) < end:
        for record in (await consumer.getmany(tp, timeout_ms=500)).get(tp, ()):
            if record.offset < end:
                yield record


async def end_of(consumer: AIOKafkaConsumer, tp: TopicPartition) -> int:
    """The offset after the partition's last record."""
    return int((await consumer.end_offsets([tp]))[tp])


async def original(consumer: AIOKafkaConsumer, letter: Letter) -> ConsumerRecord | None:
    """The refused record itself, whole and with all of its headers; None where retention has taken it, or
    where the topic was made anew and holds another one there."""
    if letter.source.offset >= await end_of(consumer, letter.source.place):
        return None
    async for record in read_from(consumer, letter.source.place, letter.source.offset):
        same = record.offset == letter.source.offset and _same(record, letter.record)
        return record if same else None
    return None


def _same(record: ConsumerRecord, kept: ConsumerRecord) -> bool:
    pairs = ((record.key, kept.key), (record.value, kept.value))
    return all((whole or b"").startswith(part or b"") for whole, part in pairs)
