"""The way to Kafka, without Kafka."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiokafka.errors import KafkaError

from gateway.answers import Refused
from gateway.commands import Post
from gateway.outbox import Batch, NoPartition, Outbox, Unsent
from gateway.settings import GatewaySettings
from tests.waiting import until

TOPIC = "t"


class FakeBatch:
    """Holds a few values."""

    def __init__(self) -> None:
        self.values: list[bytes] = []
        self.closed = False

    def append(self, *, timestamp: int | None, key: bytes, value: bytes, headers: object) -> object:
        if len(self.values) >= 3:
            return None
        self.values.append(value)
        return object()

    def close(self) -> None:
        self.closed = True


class FakeProducer:
    """Acknowledges when told to; never two batches of a partition at a time."""

    def __init__(self) -> None:
        self.log: dict[int, list[bytes]] = {}
        self.under_way: dict[int, asyncio.Future[object]] = {}
        self.by_itself = True

    def create_batch(self) -> Batch:
        return FakeBatch()

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> Awaitable[object]:
        assert isinstance(batch, FakeBatch)
        assert batch.closed
        assert partition not in self.under_way
        done = self.under_way[partition] = asyncio.get_running_loop().create_future()
        done.add_done_callback(lambda _: self.under_way.pop(partition))
        self.log.setdefault(partition, []).extend(batch.values)
        if self.by_itself:
            asyncio.get_running_loop().call_soon(done.set_result, None)
        return done


def post(number: int, partition: int = 0) -> Post:
    return Post(TOPIC, partition, b"k", b"%d" % number, [])


def story(play: Callable[[Outbox, FakeProducer], Awaitable[None]], **changed: Any) -> None:
    async def run() -> None:
        outbox, producer = Outbox(GatewaySettings(**changed)), FakeProducer()
        outbox.attach(producer, {TOPIC: 2})
        await play(outbox, producer)

    asyncio.run(run())


def test_records_keep_their_order_over_many_lots() -> None:
    async def play(outbox: Outbox, producer: FakeProducer) -> None:
        sent = []
        for number in range(50):
            sent.append(outbox.post(post(number, number % 2)))
            if number % 7 == 0:
                await asyncio.sleep(0)
        await asyncio.gather(*sent)
        assert producer.log == {
            parity: [b"%d" % number for number in range(parity, 50, 2)] for parity in (0, 1)
        }
        assert outbox.waited_s() == 0.0

    story(play)


def test_a_record_is_not_done_before_its_acknowledgement() -> None:
    async def play(outbox: Outbox, producer: FakeProducer) -> None:
        producer.by_itself = False
        first, other = outbox.post(post(1)), outbox.post(post(2, 1))
        await until(lambda: producer.log == {0: [b"1"], 1: [b"2"]}, 5.0, "the records do not leave")
        assert not first.done()
        producer.under_way[0].set_result(None)
        await first
        assert not other.done()
        producer.under_way[1].set_result(None)
        await other

    story(play)


def test_a_failed_lot_is_unsent_and_breaks_the_producer() -> None:
    async def play(outbox: Outbox, producer: FakeProducer) -> None:
        producer.by_itself = False
        sent = outbox.post(post(1))
        await until(lambda: 0 in producer.under_way, 5.0, "the record does not leave")
        producer.under_way[0].set_exception(KafkaError())
        with pytest.raises(Unsent):
            await sent
        assert outbox.broken.is_set()

    story(play)


def test_a_bug_in_sending_is_heard_of_and_closes_no_partition(caplog: pytest.LogCaptureFixture) -> None:
    async def play(outbox: Outbox, producer: FakeProducer) -> None:
        producer.by_itself = False
        first = [outbox.post(post(number)) for number in range(3)]
        behind = outbox.post(post(4))
        await until(lambda: 0 in producer.under_way, 5.0, "the records do not leave")
        producer.by_itself = True
        producer.under_way[0].set_exception(ZeroDivisionError())
        assert all(isinstance(end, Unsent) for end in await asyncio.gather(*first, return_exceptions=True))
        await behind
        assert outbox.waited_s() == 0.0

    story(play)
    assert "unforeseen" in caplog.text


def test_whoever_waits_too_long_hears_that_it_is_unknown() -> None:
    async def play(outbox: Outbox, producer: FakeProducer) -> None:
        producer.by_itself = False
        sent = outbox.post(post(1))
        with pytest.raises(Unsent):
            await sent
        assert producer.under_way, "it is still under way"
        assert outbox.waited_s() > 0.0
        producer.under_way[0].set_result(None)
        await outbox.drain(1.0)
        assert outbox.waited_s() == 0.0

    story(play, ack_wait_s=0.01)


def test_nothing_is_taken_while_the_oldest_waits_too_long() -> None:
    async def play(outbox: Outbox, producer: FakeProducer) -> None:
        producer.by_itself = False
        first = outbox.post(post(1))
        await until(lambda: outbox.waited_s() > 0.01, 5.0, "time stands still")
        with pytest.raises(Refused) as refused:
            outbox.post(post(2, 1))
        assert refused.value.answer.status == 503
        await until(lambda: 0 in producer.under_way, 5.0, "the record does not leave")
        producer.under_way[0].set_result(None)
        await first
        outbox.post(post(3))

    story(play, stale_send_s=0.01)


def test_no_more_than_so_many_are_in_flight() -> None:
    async def play(outbox: Outbox, producer: FakeProducer) -> None:
        sent = [outbox.post(post(number)) for number in range(4)]
        with pytest.raises(Refused):
            outbox.post(post(5))
        await asyncio.gather(*sent)
        await outbox.post(post(6))

    story(play, max_in_flight=4)


def test_nothing_is_taken_without_a_producer_or_a_partition() -> None:
    async def play(outbox: Outbox, producer: FakeProducer) -> None:
        with pytest.raises(NoPartition):
            outbox.post(post(1, 2))
        outbox.detach()
        with pytest.raises(Refused):
            outbox.post(post(1))

    story(play)
