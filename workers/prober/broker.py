"""What the broker knows: where logs end, what groups committed, when records were appended, the time."""

import time
from collections.abc import Collection, Mapping

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from runtime.groups import member_count
from schemas.codec import encode
from schemas.positions import Position
from workers.batch import Place
from workers.prober.lag import Log

PEEK_S = 1.0
PASSING = (KafkaError, OSError, TimeoutError)


class Broker:
    """Asks for many partitions at a time. `consumer` is of no group and used for nothing else."""

    def __init__(
        self,
        consumer: AIOKafkaConsumer,
        admin: AIOKafkaAdminClient,
        producer: AIOKafkaProducer,
        clock_topic: str,
    ) -> None:
        self._consumer = consumer
        self._admin = admin
        self._producer = producer
        self._clock_topic = clock_topic
        self._appended: dict[tuple[Place, int], int] = {}

    async def places(self, topic: str) -> list[Place]:
        """The partitions of a topic; none where it does not exist."""
        found = await self._admin.describe_topics([topic])
        return sorted(Place(topic, one["partition"]) for one in found[0]["partitions"])

    async def logs(self, places: Collection[Place]) -> dict[Place, Log]:
        """Begin and end of each partition."""
        tps = [TopicPartition(*place) for place in places]
        begins = await self._consumer.beginning_offsets(tps)
        ends = await self._consumer.end_offsets(tps)
        return {Place(*tp): Log(begins[tp], ends[tp]) for tp in tps}

    async def committed(self, group: str) -> dict[Place, int]:
        """What the group committed."""
        found = await self._admin.list_consumer_group_offsets(group)
        return {Place(*tp): at.offset for tp, at in found.items() if at.offset >= 0}

    async def members(self, groups: Collection[str]) -> dict[str, int]:
        """How many members each group has; none where nobody has joined it ever."""
        return {group: await member_count(self._admin, group) for group in groups}

    async def now_ms(self) -> int:
        """The broker's time: the append time of a record of our own, which stands for nothing else."""
        beat = Position(group="prober", topic=self._clock_topic, partition=0, next_offset=0, appended_ms=0)
        sent = await self._producer.send_and_wait(self._clock_topic, encode(beat), key=b"prober")
        return int(sent.timestamp)

    async def appended_ms(self, wanted: Mapping[Place, set[int]]) -> Mapping[tuple[Place, int], int]:
        """When the records at these offsets were appended; without those that don't come in PEEK_S."""
        asked = {(place, offset) for place, offsets in wanted.items() for offset in offsets}
        self._appended = {key: at for key, at in self._appended.items() if key in asked}
        # One offset of each partition at a time, as one position is all that a consumer has.
        while missing := dict(sorted(asked - self._appended.keys(), reverse=True)):
            found = await self._peek(missing)
            if not found:
                break
            self._appended |= found
        return self._appended

    async def _peek(self, offsets: Mapping[Place, int]) -> dict[tuple[Place, int], int]:
        """Append times of the first records at or after the offsets."""
        self._consumer.assign([TopicPartition(*place) for place in offsets])
        for place, offset in offsets.items():
            self._consumer.seek(TopicPartition(*place), offset)
        found: dict[tuple[Place, int], int] = {}
        deadline = time.monotonic() + PEEK_S
        while len(found) < len(offsets) and time.monotonic() < deadline:
            for tp, records in (await self._consumer.getmany(timeout_ms=100, max_records=1)).items():
                place = Place(*tp)
                found[place, offsets[place]] = records[0].timestamp
                # What else has come of this partition is dropped, and no more is fetched.
                self._consumer.pause(tp)
        return found
