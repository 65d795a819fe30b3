"""What the stream processors say of their positions: the topic processor.positions, newest record first."""

import logging
import time

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.positions import decode_position
from workers.batch import Place

log = logging.getLogger(__name__)
RECENT_S = 60.0


class Reports:
    """Keeps the last report of each group and partition."""

    def __init__(self, consumer: AIOKafkaConsumer, topic: str) -> None:
        self._consumer = consumer
        self._tp = TopicPartition(topic, 0)
        self._latest: dict[tuple[str, Place], int] = {}

    async def begin(self) -> None:
        """From a minute ago on: whoever lives has reported since, and for the others there are commits."""
        self._consumer.assign([self._tp])
        since_ms = int((time.time() - RECENT_S) * 1000)
        found = (await self._consumer.offsets_for_times({self._tp: since_ms})).get(self._tp)
        ends = await self._consumer.end_offsets([self._tp])
        self._consumer.seek(self._tp, found.offset if found else ends[self._tp])

    async def take(self) -> None:
        """Takes note of what has come since."""
        ends = await self._consumer.end_offsets([self._tp])
        while await self._consumer.position(self._tp) < ends[self._tp]:
            for records in (await self._consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    self._note(record.value or b"")

    def _note(self, value: bytes) -> None:
        try:
            report = decode_position(value)
        except ValueError as error:
            log.warning("a report is passed over: %s", error)
            return
        self._latest[report.group, Place(report.topic, report.partition)] = report.next_offset

    def next_offset(self, group: str, place: Place) -> int | None:
        """The last report; None where there was none."""
        return self._latest.get((group, place))
