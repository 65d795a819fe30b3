"""In place of the conversations and pools: answers each command over Redis, as the notifier would."""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import ClassVar, Generic, Self, TypeVar

import redis
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.answers import RoutingAnswered
from schemas.codec import encode
from schemas.conversation import Asked, CommandAnswered, KeyedRequest
from schemas.conversation import decode_command as decode_asked
from schemas.routing import Requested
from schemas.routing import decode_command as decode_routing
from schemas.topics import CONVERSATION_COMMANDS, ROUTING_COMMANDS, Topic

C = TypeVar("C", bound=Asked | Requested | KeyedRequest)
A = TypeVar("A", bound=CommandAnswered | RoutingAnswered)
Decide = Callable[[Asked], Iterable[CommandAnswered]]
DecideInPool = Callable[[Requested], Iterable[RoutingAnswered]]


class _Follower(ABC, Generic[C, A]):
    """Follows a topic of commands from its end on, in a thread; `decide` gives the answers."""

    topic: ClassVar[Topic]

    def __init__(self, bootstrap: str, feeds: "redis.Redis", decide: Callable[[C], Iterable[A]]) -> None:
        self._bootstrap = bootstrap
        self._feeds = feeds
        self._decide: Callable[[C], Iterable[A]] = decide
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

    @abstractmethod
    def _asked(self, value: bytes) -> C | None:
        """The command, if it is one of a client."""

    async def _follow(self) -> None:
        topic = self.topic
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
        command = self._asked(value)
        if command is not None and (gateway := self._gateway(command)):
            for answer in self._decide(command):
                self._feeds.publish(f"gateway:{gateway}", encode(answer))

    def _gateway(self, command: C) -> str:
        """Who waits for the answer; nobody where it is empty."""
        assert isinstance(command, Asked | Requested)
        return command.reply_to


class Owner(_Follower[Asked, CommandAnswered]):
    """Of all conversations."""

    topic = CONVERSATION_COMMANDS

    def _asked(self, value: bytes) -> Asked | None:
        command = decode_asked(value)
        return command if isinstance(command, Asked) else None


class KeyOwner(_Follower[KeyedRequest, CommandAnswered | RoutingAnswered]):
    """Of all idempotency keys."""

    topic = CONVERSATION_COMMANDS

    def _asked(self, value: bytes) -> KeyedRequest | None:
        command = decode_asked(value)
        return command if isinstance(command, KeyedRequest) else None

    def _gateway(self, command: KeyedRequest) -> str:
        return command.command.reply_to


class PoolOwner(_Follower[Requested, RoutingAnswered]):
    """Of all pools."""

    topic = ROUTING_COMMANDS

    def _asked(self, value: bytes) -> Requested | None:
        command = decode_routing(value)
        return command if isinstance(command, Requested) else None
