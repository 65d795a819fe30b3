"""routing.events followed from a while ago on, each decision once."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.audit import RoutingEvent, decode_audit
from schemas.envelope import Cause, header
from workers.backoff import persist
from workers.batch import Place
from workers.dead_letters import about_one
from workers.prober.broker import PASSING, Broker

log = logging.getLogger(__name__)
LOOK_S = 1.0
Hear = Callable[[RoutingEvent, bool], None]
"""Takes a decision, and whether it was appended since we look."""


class Decisions:
    """Reads with a consumer of no group that is used for nothing else. What lies more than `back_s` before
    the beginning is not heard."""

    def __init__(
        self, broker: Broker, consumer: AIOKafkaConsumer, topic: str, back_s: float, hear: Hear
    ) -> None:
        self._broker, self._consumer, self._topic = broker, consumer, topic
        self._back_s, self._hear = back_s, hear
        self._newest: dict[str, tuple[int, int, str, int]] = {}
        self._ends: dict[Place, int] = {}

    async def begin(self) -> bool:
        """Takes its place in the topic; False while there is none."""
        places = await self._broker.places(self._topic)
        if not places:
            return False
        tps = [TopicPartition(*place) for place in places]
        self._consumer.assign(tps)
        ends = await self._consumer.end_offsets(tps)
        since_ms = int((time.time() - self._back_s) * 1000)
        found = await self._consumer.offsets_for_times(dict.fromkeys(tps, since_ms))
        for tp in tps:
            first = found.get(tp)
            self._consumer.seek(tp, first.offset if first else ends[tp])
        self._ends = {Place(*tp): end for tp, end in ends.items()}
        return True

    async def follow(self, stop: asyncio.Event, patience_s: float) -> None:
        """Hears until `stop`, and waits for the topic where it is not there yet."""
        while not stop.is_set():
            if not self._consumer.assignment():
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), LOOK_S)
                await persist(self.begin, PASSING, patience_s, "reading routing events")
                continue
            for records in (await self._consumer.getmany(timeout_ms=int(LOOK_S * 1000))).values():
                self._note(records)

    def _note(self, records: Sequence[ConsumerRecord]) -> None:
        for record in records:
            try:
                cause, event = Cause.parse(header(record.headers, "cause")), decode_audit(record.value or b"")
            except ValueError as error:
                log.warning("an event is passed over: %s", type(error).__name__, extra=about_one(record))
                continue
            # What a processor decides again after a crash stands in the log again.
            if cause.rank > self._newest.get(cause.source, (-1, 0, "", 0)):
                self._newest[cause.source] = cause.rank
                place = Place(record.topic, record.partition)
                self._hear(event, record.offset >= self._ends.get(place, 0))
