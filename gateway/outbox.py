"""Records on their way to Kafka: batched by partition, in order, each awaited until the broker has it."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Mapping
from typing import Protocol

from aiokafka.errors import KafkaError

from gateway.answers import busy
from gateway.commands import Post
from gateway.settings import GatewaySettings
from runtime.about import about
from runtime.metrics import SENDS, SENDS_FAILED

log = logging.getLogger(__name__)


class Batch(Protocol):
    """aiokafka's BatchBuilder."""

    def append(self, *, timestamp: int | None, key: bytes, value: bytes, headers: object) -> object: ...
    def close(self) -> None: ...


class Producer(Protocol):
    """What is used of AIOKafkaProducer."""

    def create_batch(self) -> Batch: ...
    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> Awaitable[object]: ...


class Unsent(Exception):
    """The broker did not acknowledge in time, or refused: whether the record is in the log is unknown."""


class NoPartition(ValueError):
    """The topic has no such partition."""


class Lot:
    """Records of one partition that travel together."""

    __slots__ = ("batch", "done", "since", "waiters")

    def __init__(self, batch: Batch, since: float) -> None:
        self.batch = batch
        self.since = since
        self.waiters: list[asyncio.Future[None]] = []
        self.done = False

    def settle(self, error: Exception | None) -> None:
        """Tells everyone who waits."""
        for waiter in self.waiters:
            if waiter.done():
                continue
            if error is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(error)

    def give_up(self) -> None:
        """Waited too long; the lot itself stays under way."""
        self.settle(Unsent("not acknowledged in time"))


class Outbox:
    """One queue of lots a partition: one lot under way, the next being filled meanwhile.

    Sends only while a producer is attached; `broken` is set when that producer can't be used any more.
    """

    def __init__(self, settings: GatewaySettings) -> None:
        self.broken = asyncio.Event()
        self.partitions: Mapping[str, int] = {}
        self._settings = settings
        self._producer: Producer | None = None
        self._lanes: dict[tuple[str, int], deque[Lot]] = {}
        self._lots: deque[Lot] = deque()
        self._in_flight = 0
        self._took_s = 0.0
        self._took = 0
        self._senders: set[asyncio.Task[None]] = set()
        # Asking for the running loop costs a system call each time (CPython 3.11).
        self._loop = asyncio.get_running_loop()
        self._now = self._loop.time

    @property
    def attached(self) -> bool:
        """A producer is there."""
        return self._producer is not None

    def attach(self, producer: Producer, partitions: Mapping[str, int]) -> None:
        """From here on records leave by `producer`; `partitions` is the number by topic."""
        self.broken.clear()
        self._producer, self.partitions = producer, partitions

    def detach(self) -> None:
        """Nothing is taken any more until the next producer."""
        self._producer = None

    @property
    def in_flight(self) -> int:
        """Records that the broker has not acknowledged."""
        return self._in_flight

    def took_s(self) -> float:
        """How long acknowledgements took on average since it was asked last; seconds. Where none came, how
        long the first to come takes already."""
        took_s, took = self._took_s, self._took
        self._took_s, self._took = 0.0, 0
        return took_s / took if took else self.waited_s()

    def waited_s(self) -> float:
        """The age of the oldest record that the broker has not acknowledged; seconds."""
        while self._lots and self._lots[0].done:
            self._lots.popleft()
        return self._now() - self._lots[0].since if self._lots else 0.0

    def post(self, post: Post) -> asyncio.Future[None]:
        """Takes the record at once; the future is done when all replicas have it, or fails with Unsent.

        Raises Refused (503) where nothing is taken now, and NoPartition.
        """
        if self._producer is None:
            raise busy("The platform can't be reached")
        if self.waited_s() > self._settings.stale_send_s or self._in_flight >= self._settings.max_in_flight:
            raise busy("The platform does not keep up; nothing was done")
        if not 0 <= post.partition < self.partitions.get(post.topic, 0):
            raise NoPartition(f"{post.topic} has no partition {post.partition}")
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._lot_for(self._producer, post).waiters.append(waiter)
        self._in_flight += 1
        return waiter

    async def drain(self, wait_s: float) -> None:
        """Waits until all that was taken is settled, at most `wait_s`."""
        if self._senders:
            await asyncio.wait(self._senders, timeout=wait_s)

    def _lot_for(self, producer: Producer, post: Post) -> Lot:
        place = (post.topic, post.partition)
        lane = self._lanes.get(place)
        if lane is None:
            lane = self._lanes[place] = deque()
            self._open(producer, lane)
            sender = self._loop.create_task(self._send(producer, place, lane))
            self._senders.add(sender)
            sender.add_done_callback(self._senders.discard)
        if not lane or not _append(lane[-1], post):
            _append(self._open(producer, lane), post)
        return lane[-1]

    def _open(self, producer: Producer, lane: deque[Lot]) -> Lot:
        lot = Lot(producer.create_batch(), self._now())
        lane.append(lot)
        self._lots.append(lot)
        return lot

    async def _send(self, producer: Producer, place: tuple[str, int], lane: deque[Lot]) -> None:
        """Sends the lane's lots one after the other; ends with the lane."""
        while lane:
            if self._settings.linger_ms:
                await asyncio.sleep(self._settings.linger_ms / 1000)
            lot = lane.popleft()
            lot.batch.close()
            timer = self._loop.call_later(self._settings.ack_wait_s, lot.give_up)
            error = await _delivered(producer, lot, *place)
            timer.cancel()
            lot.settle(error)
            lot.done = True
            self._took_s += self._now() - lot.since
            self._took += 1
            self._in_flight -= len(lot.waiters)
            SENDS.inc(len(lot.waiters))
            if error is not None:
                SENDS_FAILED.inc(len(lot.waiters))
                self.broken.set()
        del self._lanes[place]


def _append(lot: Lot, post: Post) -> bool:
    """False where the lot is full."""
    added = lot.batch.append(timestamp=None, key=post.key, value=post.value, headers=post.headers)
    return added is not None


async def _delivered(producer: Producer, lot: Lot, topic: str, partition: int) -> Unsent | None:
    try:
        await (await producer.send_batch(lot.batch, topic, partition=partition))
    except (KafkaError, OSError, TimeoutError) as error:
        return Unsent(repr(error))
    except Exception as error:
        # A bug. If it ended the lane, nobody would settle the lots behind this one, and the partition would
        # stay closed until a restart.
        told = about(topic=topic, partition=partition)
        log.exception("sending failed in an unforeseen way", extra=told)
        return Unsent(repr(error))
    return None
