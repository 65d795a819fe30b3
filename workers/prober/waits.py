"""How good estimated waits were: what routing.events says of contacts that were answered, from now on."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from runtime.metrics import ESTIMATED, ESTIMATED_OFF_SECONDS, ESTIMATED_RATIO, ESTIMATED_WAITED_SECONDS
from schemas.audit import Decided, RoutingEvent, decode_audit
from schemas.envelope import Cause, header
from workers.backoff import persist
from workers.prober.broker import PASSING, Broker

log = logging.getLogger(__name__)
LOOK_S = 1.0
_OVER = (Decided.OFFERED, Decided.ASSIGNED)
"""The wait that was estimated is over: at the first offer, or at once where no agent is asked."""


class Waits:
    """Reads with a consumer of no group that is used for nothing else. What is missed is not made up for."""

    def __init__(self, broker: Broker, consumer: AIOKafkaConsumer, topic: str) -> None:
        self._broker, self._consumer, self._topic = broker, consumer, topic
        self._newest: dict[str, tuple[int, int, str, int]] = {}

    async def begin(self) -> bool:
        """From the end of the topic on; False while there is none."""
        places = await self._broker.places(self._topic)
        if places:
            tps = [TopicPartition(*place) for place in places]
            self._consumer.assign(tps)
            await self._consumer.seek_to_end(*tps)
        return bool(places)

    async def follow(self, stop: asyncio.Event, patience_s: float) -> None:
        """Counts until `stop`, and waits for the topic where it is not there yet."""
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
            # Few events have one, and defaults are left out: most need not be decoded.
            if b'"estimate_s"' not in (record.value or b""):
                continue
            try:
                cause, event = Cause.parse(header(record.headers, "cause")), decode_audit(record.value)
            except ValueError as error:
                log.warning("an event is passed over: %s", error)
                continue
            # What a processor decides again after a crash stands in the log again.
            if cause.rank > self._newest.get(cause.source, (-1, 0, "", 0)):
                self._newest[cause.source] = cause.rank
                count(event)


def count(event: RoutingEvent) -> None:
    """Takes note of a contact's first offer after its wait had been estimated."""
    if event.event not in _OVER or event.estimate_s <= 0 or event.synthetic:
        return
    off_s = abs(event.estimate_s - event.waited_s)
    within = "p90" if event.waited_s <= event.estimate_high_s else "above"
    ESTIMATED.labels(event.queue, within).inc()
    ESTIMATED_RATIO.labels(event.queue).observe(off_s / max(event.waited_s, 1.0))
    ESTIMATED_OFF_SECONDS.labels(event.queue).inc(off_s)
    ESTIMATED_WAITED_SECONDS.labels(event.queue).inc(event.waited_s)
