"""In place of the conversations: answers each command over Redis, as the notifier would."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Self

import redis
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.codec import encode
from schemas.conversation import Asked, CommandAnswered, decode_command
from schemas.topics import CONVERSATION_COMMANDS

Decide = Callable[[Asked], Iterable[CommandAnswered]]


class Owner:
    """Follows conversation.commands from its end on, in a thread; `decide` gives the answers."""

    def __init__(self, bootstrap: str, feeds: "redis.Redis", decide: Decide) -> None:
        self._bootstrap = bootstrap
        self._feeds = feeds
        self._decide = decide
        self._follows = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._follow()))

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._follows.wait(20), "the topic can't be followed"
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(20)

    async def _follow(self) -> None:
        topic = CONVERSATION_COMMANDS
        async with AIOKafkaConsumer(bootstrap_servers=self._bootstrap) as consumer:
            places = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
            consumer.assign(places)
            await consumer.seek_to_end(*places)
            for place in places:
                await consumer.position(place)
            self._follows.set()
            while not self._stop.is_set():
                for batch in (await consumer.getmany(timeout_ms=50)).values():
                    for record in batch:
                        self._answer(record.value or b"")

    def _answer(self, value: bytes) -> None:
        command = decode_command(value)
        if isinstance(command, Asked) and command.reply_to:
            for answer in self._decide(command):
                self._feeds.publish(f"gateway:{command.reply_to}", encode(answer))
