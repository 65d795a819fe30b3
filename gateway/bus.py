"""The gateway's one Redis pub/sub connection; channels are subscribed to while somebody listens."""

import asyncio
import logging
from collections.abc import Callable

import msgspec
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from gateway.spans import hearing, unwrapped
from runtime.about import about_feed
from runtime.tracing import is_on

log = logging.getLogger(__name__)
Hear = Callable[[bytes | None], None]
_RETRY_S = 0.5
_PING_EVERY_S = 2.0
_SILENCE_S = 6.0


class Bus:
    """Calls listeners with each payload, and with None whenever (again) subscribed to their channel.

    What was published before a None may have been missed.
    """

    def __init__(self, redis: Redis) -> None:
        self.connected = False
        self._redis = redis
        self._listeners: dict[bytes, list[Hear]] = {}
        self._asked: set[bytes] = set()
        self._changed = asyncio.Event()

    def listen(self, channel: str, hear: Hear) -> Callable[[], None]:
        """Adds a listener; returns what removes it."""
        name = channel.encode()
        self._listeners.setdefault(name, []).append(hear)
        if name in self._asked:
            # Another listener's subscription serves: what came before is this one's to read up on.
            asyncio.get_running_loop().call_soon(hear, None)
        self._changed.set()

        def leave() -> None:
            listeners = self._listeners[name]
            listeners.remove(hear)
            if not listeners:
                del self._listeners[name]
                self._changed.set()

        return leave

    async def run(self) -> None:
        """Until cancelled; a lost connection is made again, with all channels."""
        while True:
            try:
                async with self._redis.pubsub() as pubsub, asyncio.TaskGroup() as tasks:
                    await pubsub.connect()
                    tasks.create_task(self._subscribe(pubsub))
                    tasks.create_task(self._ping(pubsub))
                    tasks.create_task(self._hear(pubsub))
            except* (RedisError, OSError, TimeoutError) as errors:
                log.warning("the connection to Redis was lost: %r", errors.exceptions[0])
            finally:
                self.connected = False
                self._asked.clear()
            await asyncio.sleep(_RETRY_S)

    async def _subscribe(self, pubsub: PubSub) -> None:
        while True:
            wanted = self._listeners.keys()
            if gone := self._asked - wanted:
                self._asked -= gone
                await pubsub.unsubscribe(*gone)
            if new := wanted - self._asked:
                self._asked |= new
                await pubsub.subscribe(*new)
            if self._asked == self._listeners.keys():
                self._changed.clear()
                await self._changed.wait()

    async def _ping(self, pubsub: PubSub) -> None:
        while True:
            await pubsub.ping()
            await asyncio.sleep(_PING_EVERY_S)

    async def _hear(self, pubsub: PubSub) -> None:
        while True:
            async with asyncio.timeout(_SILENCE_S):
                message = await pubsub.get_message(timeout=None)
            self.connected = True
            if message is None:
                continue
            match message["type"]:
                case "message":
                    self._tell_in_trace(message["channel"], message["data"])
                case "subscribe":
                    self._tell(message["channel"], None)

    def _tell_in_trace(self, channel: bytes, payload: bytes) -> None:
        context, payload = unwrapped(payload)
        if not context or not is_on():
            self._tell(channel, payload)
            return
        with hearing(channel.decode(), context):
            self._tell(channel, payload)

    def _tell(self, channel: bytes, payload: bytes | None) -> None:
        for hear in tuple(self._listeners.get(channel, ())):
            try:
                hear(payload)
            except msgspec.DecodeError as error:
                told = about_feed(channel.decode(errors="replace"))
                log.error("what was published can't be read: %s", error, extra=told)
